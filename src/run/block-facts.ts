/**
 * What a streamed run of one output is: saved once beside its records, so that nothing else is needed to tell how far it
 * is, to check it, to say what differs from another run, and to run it again.
 *
 * The run key tells runs apart: equal keys make equal outputs, block by block. It covers plan, input identities and the
 * layout of the output; never the machine, the memory or the command line.
 *
 * @module
 */
import { z } from "zod";
import { hashOf } from "../core/hash.ts";
import type { ModelIdentity, PlanMember } from "../plan/plan.ts";
import type { Settings } from "../plan/settings.ts";
import { blockCount, blockGrid } from "../tiling/blocks.ts";
import type { Layout } from "../volume/volume.ts";
import type { InputIdentity } from "./input-identity.ts";

/** One volume that the run writes. */
export type OutputProduct = {
	/** "labels", "probabilities", ...: what records call it. */
	readonly name: string;
	/** Below the output folder, with slashes. */
	readonly path: string;
	readonly format: string;
	readonly dataset?: string;
	readonly dtype: string;
	/** Axes as in the file. */
	readonly shape: readonly number[];
	readonly layout?: Layout;
	/** Zarr that it is staged in until it is whole, below the output folder; undefined where it is written in place. */
	readonly staged?: string;
};

/** Facts of a run that is about to begin or go on. JSON-able. */
export type RunFacts = {
	readonly version: 1;
	readonly nnvol: string;
	/** Hash of model and settings (`Plan.hash`). */
	readonly plan: string;
	readonly model: ModelIdentity;
	readonly settings: Settings;
	readonly further?: readonly PlanMember[];
	readonly inputs: readonly InputIdentity[];
	/** Paths of the inputs, for people. */
	readonly files: readonly string[];
	/** The write blocks: `blockGrid(shape, block)`, z, y, x. */
	readonly grid: { readonly shape: readonly number[]; readonly block: readonly number[] };
	/** Blocks that are to be done, as first and last id of each row of them; undefined for all. */
	readonly wanted?: readonly (readonly [number, number])[];
	readonly products: readonly OutputProduct[];
	/** Command line and folder that make the run again. */
	readonly invocation?: { readonly argv: readonly string[]; readonly cwd: string };
	/** Report of the run, below the output folder. */
	readonly report?: string;
};

const extents = z.array(z.int().min(1)).min(1).max(8);
const plain = z.record(z.string(), z.unknown());

const product = z.object({
	name: z.string(),
	path: z.string(),
	format: z.string(),
	dataset: z.string().optional(),
	dtype: z.string(),
	shape: extents,
	layout: plain.optional(),
	staged: z.string().optional(),
});

/** Most blocks that a run can have: each is a file. */
const MOST_BLOCKS = 10_000_000;

function isCountable({
	shape,
	block,
}: {
	readonly shape: readonly number[];
	readonly block: readonly number[];
}): boolean {
	return shape.length === block.length && blockCount(blockGrid(shape, block)) <= MOST_BLOCKS;
}

const savedFacts = z.object({
	version: z.literal(1),
	nnvol: z.string(),
	/** The output's path below its folder, with slashes. */
	output: z.string(),
	plan: z.string(),
	model: plain,
	settings: plain,
	further: z.array(z.object({ model: plain, settings: plain })).optional(),
	inputs: z.array(z.object({ name: z.string(), bytes: z.number(), modified: z.number() })),
	files: z.array(z.string()),
	grid: z.object({ shape: extents, block: extents }).refine(isCountable),
	wanted: z.array(z.tuple([z.int().min(0), z.int().min(0)])).optional(),
	products: z.array(product).min(1),
	invocation: z.object({ argv: z.array(z.string()), cwd: z.string() }).optional(),
	report: z.string().optional(),
	/** When the run was first begun, and when it was last gone on with. */
	begun: z.iso.datetime(),
	opened: z.iso.datetime(),
});

/** Facts as they are read again: model and settings are plain data, for they may be of another version. */
export type SavedFacts = z.infer<typeof savedFacts>;

/** The facts in a text; undefined where it holds none (damage, or a later version). */
export function parseFacts(text: string): SavedFacts | undefined {
	try {
		const result = savedFacts.safeParse(JSON.parse(text));
		return result.success ? result.data : undefined;
	} catch {
		return undefined;
	}
}

/** 16 hexadecimal digits that tell the run apart from others of the same output. */
export function runKey(facts: RunFacts): string {
	const { plan, inputs, grid, products, wanted } = facts;
	const layout = products.map(({ name, format, dtype, shape, layout }) => ({ name, format, dtype, shape, layout }));
	return hashOf({ version: 1, plan, inputs, grid, wanted, layout }).slice(0, 16);
}
