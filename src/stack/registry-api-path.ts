/** Where Apicurio Registry speaks the API of Confluent's Schema Registry. */
export const registryApiPath = '/apis/ccompat/v7';
