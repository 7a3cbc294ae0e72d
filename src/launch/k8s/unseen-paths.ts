/**
 * What a plan names that pods would not see: below no mounted volume, or to be written below one for reading.
 *
 * @module
 */
import { isAbsolute, relative, resolve, sep } from "node:path";
import type { Job } from "../../run/job.ts";
import { isRemote, plainPath } from "../../volume/stores/open-store.ts";
import type { ClaimMount } from "./settings.ts";

/** A path of a plan and why pods cannot do with it. */
export type Unseen = { readonly path: string; readonly why: string };

/** Models, inputs and the output folder of `job` that pods with these mounts cannot read or write, each once. */
export function unseenPaths({ cwd, models, plan }: Job, mounts: readonly ClaimMount[]): readonly Unseen[] {
	const read = [
		...models.flatMap((files) => [files.plans, files.dataset, ...files.checkpoints.map(({ path }) => path)]),
		...plan.cases.flatMap(({ files, previous = [] }) => [...files, ...previous.flatMap((path) => path ?? [])]),
	];
	const found = new Map<string, string>();
	const mountOf = (path: string) => mounts.find((mount) => isWithin(mount.path, path));
	for (const path of read.flatMap((each) => localPath(cwd, each))) {
		if (mountOf(path) === undefined) found.set(path, "lies below no --pvc");
	}
	for (const path of localPath(cwd, plan.folder)) {
		const mount = mountOf(path);
		if (mount === undefined) found.set(path, "lies below no --pvc: what pods write there is lost with them");
		else if (mount.readOnly) found.set(path, `is written, and --pvc ${mount.claim}:${mount.path} is for reading`);
	}
	return [...found].map(([path, why]) => ({ path, why }));
}

/** The absolute path; none for what lies behind a URL. */
function localPath(cwd: string, path: string): readonly string[] {
	return isRemote(path) ? [] : [resolve(cwd, plainPath(path))];
}

function isWithin(folder: string, path: string): boolean {
	const below = relative(folder, path);
	return below !== ".." && !below.startsWith(`..${sep}`) && !isAbsolute(below);
}
