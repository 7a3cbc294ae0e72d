/**
 * A pickle that is a file of its own, read as plain data: what nnU-Net keeps beside probabilities, its post-processing.
 *
 * @module
 */
import { type ErrorCode, NnvolError } from "../core/errors.ts";
import { isPassingFault } from "../core/system-fault.ts";
import type { Fault } from "./fault.ts";
import { openFile } from "./file-source.ts";
import type { PickleValue } from "./pickle-value.ts";
import { unpickle } from "./unpickler.ts";

/** How such a file is read. */
export type PickleFileOptions = {
	/** Kind of the errors. */
	readonly code: ErrorCode;
	/** What to do where the file cannot be used, for messages. */
	readonly next: string;
	/** Names that may stand in it for themselves, as data. */
	readonly names?: ReadonlySet<string>;
};

/** Largest file that is read, bytes: nnU-Net's have some thousands. */
const LARGEST = 64 << 20;

/** The value in the file at `path`. Nothing in it is run. @throws `options.code` naming the file and what is wrong */
export async function readPickleFile(path: string, { code, next, names }: PickleFileOptions): Promise<PickleValue> {
	const fault: Fault = (what, _, cause) =>
		new NnvolError(code, `${path}: ${what}. ${next}.`, { cause, fields: { path }, transient: isPassingFault(cause) });
	const closed: Fault = (what, hint, cause) =>
		new NnvolError(code, `${path}: ${what}. ${hint}`, { cause, fields: { path }, transient: isPassingFault(cause) });
	const file = await openFile(path, closed);
	try {
		if (file.size > LARGEST) throw fault(`has ${file.size} bytes, at most ${LARGEST} were expected`);
		const bytes = await file.read(0, file.size);
		return unpickle(bytes, fault, () => refuse(fault), names);
	} finally {
		await file.close();
	}
}

function refuse(fault: Fault): never {
	throw fault("keeps a part of its data outside itself");
}
