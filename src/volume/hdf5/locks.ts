/**
 * Whether another program holds an HDF5 file for writing.
 *
 * The HDF5 library locks what it writes; compiled to WebAssembly it cannot ask for locks, and would read what is half written. Linux
 * lists the locks of all programs in `/proc/locks`: kind, mode, process, MAJOR:MINOR:INODE of the file. Elsewhere nothing is known.
 *
 * @module
 */
import { readFileSync, statSync } from "node:fs";

/** The number of the process that has locked the file at `path` for writing; undefined where none is known. */
export function writerOf(path: string): number | undefined {
	if (process.platform !== "linux" || isSwitchedOff(process.env["HDF5_USE_FILE_LOCKING"])) return undefined;
	try {
		const { dev, ino } = statSync(path, { bigint: true });
		const place = `${hex(((dev >> 8n) & 0xfffn) | ((dev >> 32n) & ~0xfffn))}:${hex((dev & 0xffn) | ((dev >> 12n) & 0xfff00n))}:${ino}`;
		for (const line of readFileSync("/proc/locks", "utf8").split("\n")) {
			const [, , , mode, writer, file] = line.split(/\s+/);
			if (mode === "WRITE" && file === place) return Number(writer);
		}
	} catch {}
	return undefined;
}

/** The library's own switch, for file systems where locks do not work. */
function isSwitchedOff(switched: string | undefined): boolean {
	return switched !== undefined && ["FALSE", "0"].includes(switched.toUpperCase());
}

function hex(number: bigint): string {
	return number.toString(16).padStart(2, "0");
}
