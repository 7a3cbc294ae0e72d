/**
 * The files of a pass: one a block and kind, in folders of a thousand, each whole or not there.
 *
 * @module
 */
import { readdir, readFile, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { writeAtomically } from "../../core/atomic-file.ts";
import { NnvolError } from "../../core/errors.ts";
import { makeFolder } from "../../core/folder.ts";
import { type Columns, packColumns, unpackColumns } from "./packed-tables.ts";
import { requireRun } from "./run-mark.ts";

/** Pieces are written last of a block that is labelled: they tell that it is done. */
export type FileKind = "beside" | "faces" | "grown" | "objects" | "overlaps" | "pieces" | "seams" | "written";

/** Files in one folder. */
const FAN = 1000;

/** Writes the columns of a block, durably. @throws RUN where the run has ended */
export async function writeColumns(folder: string, kind: FileKind, block: number, columns: Columns): Promise<void> {
	await requireRunOf(folder);
	const path = fileOf(folder, kind, block);
	await makeFolder(dirname(path));
	await writeAtomically(path, packColumns(columns));
}

/** Records that a block is written, where nothing else is known of it. @throws RUN where the run has ended */
export function recordWritten(folder: string, block: number): Promise<void> {
	return writeColumns(folder, "written", block, { block: Uint32Array.of(block) });
}

/** The columns of a block. @throws RUN where they are missing or damaged */
export async function readColumns(folder: string, kind: FileKind, block: number): Promise<Columns> {
	const path = fileOf(folder, kind, block);
	const bytes = await readFile(path).catch((cause) => {
		throw new NnvolError("RUN", `${path}: cannot be read; run the same again with --overwrite`, {
			cause,
			fields: { path },
		});
	});
	const columns = unpackColumns(bytes);
	if (columns !== undefined) return columns;
	throw new NnvolError("RUN", `${path}: is damaged; run the same again with --overwrite`, { fields: { path } });
}

/** Blocks that have a file of `kind`. */
export async function blocksWith(folder: string, kind: FileKind): Promise<Set<number>> {
	const found = new Set<number>();
	const root = join(folder, kind);
	for (const fan of await readdir(root).catch(() => [])) {
		for (const name of await readdir(join(root, fan)).catch(() => [])) {
			const [, digits] = /^(\d{1,15})\.bin$/.exec(name) ?? [];
			if (digits !== undefined) found.add(Number(digits));
		}
	}
	return found;
}

/** True where a block has a file of `kind`. */
export async function hasColumns(folder: string, kind: FileKind, block: number): Promise<boolean> {
	return (await stat(fileOf(folder, kind, block)).catch(() => undefined)) !== undefined;
}

/** @throws RUN where the run to which the records in `folder` belong has ended */
export function requireRunOf(folder: string): Promise<void> {
	return requireRun(dirname(folder));
}

function fileOf(folder: string, kind: FileKind, block: number): string {
	return join(folder, kind, String(Math.floor(block / FAN)).padStart(3, "0"), `${block}.bin`);
}
