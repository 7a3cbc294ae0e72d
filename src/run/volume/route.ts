/**
 * Which cases are streamed: those that ask for it, and those that would take more memory than there is to be had.
 *
 * @module
 */
import { bytesText } from "../../core/bytes.ts";
import { DTYPES } from "../../core/dtype.ts";
import { NnvolError } from "../../core/errors.ts";
import { sizeOf } from "../../core/shape.ts";
import type { Plan } from "../../plan/plan.ts";
import { streamedKeys } from "../../plan/streamed.ts";
import { openImage } from "../../preprocess/image.ts";
import { FORMATS, formatOfName } from "../../volume/formats.ts";
import { isRemote } from "../../volume/stores/open-store.ts";
import type { Checked } from "../checked.ts";
import { requireLocal } from "../decode/decode-output.ts";
import { bytesOfCase, type Engine } from "../planned-case.ts";
import type { RunOptions } from "../run-options.ts";
import { afterPassOf } from "./after-pass.ts";
import { imageOptions } from "./image-options.ts";
import { automaticMemory } from "./memory.ts";
import { expectedPlace } from "./parts.ts";

/** Files of fewer bytes hold no volume that is too large. */
const SMALL_FILES = 4 * 2 ** 20;

/** What a process takes besides a case: libraries, the network. */
const OWN_BYTES = 512 * 2 ** 20;

/** Cases that take more are streamed also where there is memory: a run that is cut off goes on where it was. */
const MOST_IN_MEMORY = 4 * 2 ** 30;

/** Whether a case is streamed, and why, in words that follow its extents. */
export type Route = { readonly streamed: boolean; readonly why: string };

/** How a case is done. @throws CONFIG, UNBUILT where it must be streamed and cannot */
export async function routeOf(
	{ entry, inputs }: Checked,
	plan: Plan,
	engine: Engine,
	options: RunOptions,
): Promise<Route> {
	const asked = reasonToStream(plan, entry.output, options);
	if (asked !== undefined) {
		requireOneModel(plan, entry.previous, asked);
		if (afterPassOf(plan.settings) !== undefined) requireLocal(entry.output);
		return { streamed: true, why: wordsFor(asked) };
	}
	const bytes = inputs.reduce((sum, input) => sum + input.bytes, 0);
	if (options.stream === false) return { streamed: false, why: "streaming is turned off" };
	if (bytes <= SMALL_FILES && !entry.files.some(isSparse)) return { streamed: false, why: "it is small" };
	return routeBySize(entry, plan, engine, options);
}

/** How a case is done whose extents decide. */
async function routeBySize(entry: Checked["entry"], plan: Plan, engine: Engine, options: RunOptions): Promise<Route> {
	const { settings } = plan;
	const io = options.signal === undefined ? {} : { signal: options.signal };
	const image = await openImage(entry.files, engine.spec, imageOptions(settings, io)).catch(() => undefined);
	if (image === undefined) return { streamed: false, why: "it cannot be opened" }; // met again, and told, where it is read
	try {
		const { source } = image;
		const engines = [engine, ...(options.further ?? [])];
		const held = sizeOf(image.shape) * source.channels * DTYPES[source.dtype].bytes;
		const need = held + bytesOfCase({ shape: image.shape }, plan, engines) + OWN_BYTES;
		const memory = options.memory ?? automaticMemory();
		const why = `${need <= memory ? "fits" : "does not fit"} into ${bytesText(memory)}`;
		if (need <= Math.min(memory, MOST_IN_MEMORY)) return { streamed: false, why };
		if (!mayStream(plan, entry.previous, image, engine, need <= memory))
			return { streamed: false, why: `${why}, and cannot be streamed` };
		return { streamed: true, why: need <= memory ? `takes ${bytesText(need)} in memory` : why };
	} finally {
		await image.close();
	}
}

/** True where chunks that hold nothing need not lie on the disk, so that a volume of any size may take few bytes. */
function isSparse(file: string): boolean {
	const name = formatOfName(file);
	if (name === undefined || name === "hdf5") return true;
	return FORMATS.find((format) => format.name === name)?.isFolder === true;
}

/** What is told where the user's choices are for streaming itself. */
const ASKED = "is streamed as asked";

/** What is told where the output is written value by value, since nothing can be renamed there. */
const BEHIND_URL = "is written behind a URL";

function wordsFor(asked: string): string {
	return asked === ASKED || asked === BEHIND_URL ? asked : `asks for it (${asked})`;
}

/** Why the user's choices need streaming, in words. */
function reasonToStream({ settings }: Plan, output: string, { stream }: RunOptions): string | undefined {
	const [key] = streamedKeys(settings);
	return key ?? (isRemote(output) ? BEHIND_URL : stream === true ? ASKED : undefined);
}

/** True where it can be streamed; false where it cannot and `fits` in memory. @throws UNBUILT where neither */
function mayStream(
	plan: Plan,
	previous: Checked["entry"]["previous"],
	image: { readonly source: Parameters<typeof expectedPlace>[0]["source"] },
	{ spec }: Engine,
	fits: boolean,
): boolean {
	try {
		requireOneModel(plan, previous, "a volume that does not fit into memory");
		afterPassOf(plan.settings);
		expectedPlace({ source: image.source, spacing: undefined, spec, settings: plan.settings });
		return true;
	} catch (error) {
		if (fits) return false;
		throw error;
	}
}

function requireOneModel({ further = [] }: Plan, previous: Checked["entry"]["previous"], why: string): void {
	const what =
		further.length > 0
			? "an ensemble of models"
			: previous?.some((path) => path !== null) === true
				? "a cascade"
				: undefined;
	if (what === undefined) return;
	throw new NnvolError(
		"UNBUILT",
		`${what} is not built for volumes that are streamed (${why === ASKED ? "as asked" : why}); ${why === ASKED ? "leave streaming out" : "raise --memory"} so that the volume is held in memory, or predict it with one model`,
	);
}
