/** What one engine process may take, roughly, where nobody says otherwise. */
export const defaultEngineMemoryBytes = 512 * 1024 * 1024;
