/**
 * Where a case's input is unpacked or resampled to: beside its records, or, where those lie behind a URL, in a local folder
 * that goes when the case ends.
 *
 * @module
 */
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { hostLabel } from "../../core/atomic-file.ts";
import type { OnEvent } from "../../core/events.ts";
import { makeFolder } from "../../core/folder.ts";
import { hashOf } from "../../core/hash.ts";
import { fileError } from "../../volume/fault.ts";
import { isAlive } from "../../volume/publish.ts";
import { isRemote } from "../../volume/stores/open-store.ts";
import { encodedName, recordName } from "../ledger.ts";
import { stateFolder } from "../state-store.ts";

const NAME = /^nnvol-stage\.([\w-]+)\.(\d+)\.\w+$/;

/** Those that were told already. */
const told = new WeakSet<OnEvent>();

/** The folder for what is staged of `files`. Give it to `leaveStage` at the end. @throws VOLUME where it cannot be made */
export async function stagePlace(outputFolder: string, files: readonly string[]): Promise<string> {
	if (!isRemote(outputFolder)) return join(stateFolder(outputFolder), "staging", `input-${hashOf(files).slice(0, 16)}`);
	const root = scratch();
	try {
		await makeFolder(root);
		await removeLeft(root);
		return await mkdtemp(join(root, `nnvol-stage.${hostLabel()}.${process.pid}.`));
	} catch (cause) {
		throw fileError(root, "write", cause);
	}
}

/** The Zarr in which an output, or the values it is made of, lie until it is whole: each output has its own. */
export function outputStage(outputFolder: string, kind: "staging" | "values", output: string): string {
	return join(stateFolder(outputFolder), kind, `${encodedName(recordName({ outputFolder }, output))}.zarr`);
}

/** Removes a folder of `stagePlace` that is of no use to the next run. */
export async function leaveStage(stage: string): Promise<void> {
	if (isScratch(stage)) await rm(stage, { recursive: true, force: true });
}

/** Tells, once a run, where staged voxels lie meanwhile, where that is not with the outputs. */
export function tellStage(stage: string, onEvent: OnEvent | undefined): void {
	if (onEvent === undefined || !isScratch(stage) || told.has(onEvent)) return;
	told.add(onEvent);
	const text = `unpacked or resampled images lie in ${scratch()} until their volumes are done; NNVOL_SCRATCH names another folder`;
	onEvent({ kind: "note", text });
}

function scratch(): string {
	return process.env["NNVOL_SCRATCH"] || tmpdir();
}

/** True for a folder of `stagePlace` that no other process sees. */
export function isScratch(stage: string): boolean {
	return NAME.test(basename(stage));
}

/** What processes of this machine left that were killed. */
async function removeLeft(root: string): Promise<void> {
	for (const name of await readdir(root)) {
		const [, host, pid] = NAME.exec(name) ?? [];
		if (host !== hostLabel() || isAlive(Number(pid))) continue;
		await rm(join(root, name), { recursive: true, force: true }).catch(() => undefined);
	}
}
