/** `commitInfo.engineInfo` and the client id of everything that we write; the version is that of package.json. */
export const engineInfo = 'kafka-bronze/0.1.0';
