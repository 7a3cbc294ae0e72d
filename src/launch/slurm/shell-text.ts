/**
 * Text for shells and for `sbatch`: quoted where it has to be, so that scripts stay readable where it has not.
 *
 * @module
 */

/** One word for a POSIX shell. */
export function shellWord(text: string): string {
	return /^[\w.,:+@%=/-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** A command line for a POSIX shell. */
export function shellLine(words: readonly string[]): string {
	return words.map(shellWord).join(" ");
}

/** A value in a line of options that `sbatch` reads itself, which knows double quotes and backslashes. */
export function sbatchValue(text: string): string {
	return /^[\w.,:+@%=/*&|-]+$/.test(text) ? text : `"${text.replace(/["\\]/g, "\\$&")}"`;
}

/** A folder in a pattern of names of logs, where `%` begins what SLURM fills in. */
export function logFolder(folder: string): string {
	return folder.replaceAll("%", "%%");
}
