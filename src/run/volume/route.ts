/**
 * Which cases are streamed: those that ask for it, and those that would take more memory than there is to be had.
 *
 * @module
 */
import { DTYPES } from "../../core/dtype.ts";
import { NnvolError } from "../../core/errors.ts";
import { sizeOf } from "../../core/shape.ts";
import type { Plan } from "../../plan/plan.ts";
import { streamedKeys } from "../../plan/streamed.ts";
import { openImage } from "../../preprocess/image.ts";
import type { Checked } from "../checked.ts";
import { bytesOfCase, type Engine } from "../planned-case.ts";
import type { RunOptions } from "../run-options.ts";
import { imageOptions } from "./image-options.ts";
import { automaticMemory } from "./memory.ts";
import { expectedPlace } from "./parts.ts";

/** Files of fewer bytes hold no volume that is too large. */
const SMALL_FILES = 4 * 2 ** 20;

/** What a process takes besides a case: libraries, the network. */
const OWN_BYTES = 512 * 2 ** 20;

/** Cases that take more are streamed also where there is memory: a run that is cut off goes on where it was. */
const MOST_IN_MEMORY = 4 * 2 ** 30;

/** True where a case is to be streamed. @throws CONFIG, UNBUILT where it must be and cannot */
export async function isStreamed(
	{ entry, inputs }: Checked,
	plan: Plan,
	engine: Engine,
	options: RunOptions,
): Promise<boolean> {
	const { settings } = plan;
	const asked = reasonToStream(plan, options);
	if (asked !== undefined) {
		requireOneModel(plan, entry.previous, asked);
		return true;
	}
	const bytes = inputs.reduce((sum, input) => sum + input.bytes, 0);
	const isFolder = entry.files.some((file) => file.includes("://"));
	if (options.stream === false || (bytes <= SMALL_FILES && !isFolder)) return false;
	const io = options.signal === undefined ? {} : { signal: options.signal };
	const image = await openImage(entry.files, engine.spec, imageOptions(settings, io)).catch(() => undefined);
	if (image === undefined) return false; // met again, and told, where it is read
	try {
		const { source } = image;
		const engines = [engine, ...(options.further ?? [])];
		const held = sizeOf(image.shape) * source.channels * DTYPES[source.dtype].bytes;
		const need = held + bytesOfCase({ shape: image.shape }, plan, engines) + OWN_BYTES;
		const memory = options.memory ?? automaticMemory();
		if (need <= Math.min(memory, MOST_IN_MEMORY)) return false;
		return mayStream(plan, entry.previous, image, engine, need <= memory);
	} finally {
		await image.close();
	}
}

/** Why the user's choices need streaming, in words. */
function reasonToStream({ settings }: Plan, { stream }: RunOptions): string | undefined {
	const [key] = streamedKeys(settings);
	return key ?? (stream === true ? "asked for" : undefined);
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
		`${what} is not built for volumes that are streamed (${why}); raise --memory so that the volume fits, or predict it with one model`,
	);
}
