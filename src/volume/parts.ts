/**
 * Single files that are put together from parts: runs of whole pages, made in any order, by several processes, each durable.
 *
 * Law: the same parts give the same bytes, whoever made them, and however often the file was put together.
 *
 * @module
 */
import { copyFile, link, open } from "node:fs/promises";
import { join } from "node:path";
import { writeAtomically } from "../core/atomic-file.ts";
import { fileError, volumeError } from "./fault.ts";
import type { OutputFile } from "./streams/output.ts";

/** What has to be known of a part when it is put in its place. JSON-able. */
export type PartFacts = {
	/** Bytes of the part as it lies in its file. */
	readonly bytes: number;
	/** Bytes before they were packed. */
	readonly raw: number;
	/** Checksum of the bytes before they were packed, of formats that have one for all of the file. */
	readonly check?: number;
	/** Bytes of pieces that the file lists one by one. */
	readonly pieces?: readonly number[];
};

/** Makes the parts of one file, and the file. */
export interface PartWriter {
	/** Keeps pages `from` on, `pages` in C order, in `folder`, as part `n`: durable when it is done. @throws VOLUME */
	write(folder: string, n: number, from: number, pages: Pages): Promise<PartFacts>;
	/** Puts the file at `path` together from all parts of `folder`, in order, durable; the parts stay. @throws VOLUME */
	join(folder: string, parts: readonly PartFacts[], path: string): Promise<void>;
}

/** Whole pages, one behind the other, as bytes of the machine's own order. They may be changed by who takes them. */
export type Pages = { readonly bytes: Uint8Array; readonly count: number };

/** Bytes copied at a time. */
const COPIED = 4 << 20;

/** Keeps the bytes of part `n`; two who make the same part write the same. @throws VOLUME */
export async function keepPart(folder: string, n: number, bytes: Uint8Array): Promise<void> {
	const path = partPath(folder, n);
	try {
		await writeAtomically(path, bytes);
	} catch (cause) {
		throw fileError(path, "write", cause);
	}
}

/** Appends part `n` to `file`. @throws VOLUME where the part is not whole */
export async function appendPart(file: OutputFile, folder: string, n: number, { bytes }: PartFacts): Promise<void> {
	const path = partPath(folder, n);
	try {
		const part = await open(path, "r");
		try {
			let at = 0;
			for (const buffer = Buffer.alloc(Math.min(COPIED, Math.max(1, bytes))); at < bytes; ) {
				const { bytesRead } = await part.read(buffer, 0, Math.min(buffer.length, bytes - at), at);
				if (bytesRead === 0) break;
				await file.append(buffer.subarray(0, bytesRead));
				at += bytesRead;
			}
			const { size } = await part.stat();
			if (at !== bytes || size !== bytes) throw volumeError(path, `expected a part of ${bytes} bytes, found ${size}`);
		} finally {
			await part.close();
		}
	} catch (cause) {
		throw fileError(path, "read", cause);
	}
}

/** The same file under a second name; a copy where the file system knows no second names. @throws VOLUME */
export async function alsoAt(from: string, to: string): Promise<void> {
	try {
		await link(from, to).catch(() => copyDurably(from, to));
	} catch (cause) {
		throw fileError(to, "write", cause);
	}
}

async function copyDurably(from: string, to: string): Promise<void> {
	await copyFile(from, to);
	const file = await open(to, "r+");
	await file.sync().finally(() => file.close());
}

function partPath(folder: string, n: number): string {
	return join(folder, `${n}.part`);
}
