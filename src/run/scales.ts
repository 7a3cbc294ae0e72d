/**
 * Coarser scales of outputs that are written: unit by unit, each durable, also by several processes at once.
 *
 * @module
 */
import { NnvolError, throwIfAborted } from "../core/errors.ts";
import { endingOf, formatByName } from "../volume/formats.ts";
import { inLanes } from "../volume/lanes.ts";
import type { FormatName, IoOptions, Layout, ScaleOptions, ScaleWork, VolumeInfo } from "../volume/volume.ts";
import type { Claims } from "./claims/claims.ts";
import { sharePass } from "./decode/shared-pass.ts";

/** How many scales after the first are wanted; `auto`: until the longest axis has 256 voxels at most. */
export type ScaleWish = number | "auto";

/** How scales are built. */
export type ScaleHow = IoOptions & {
	/** Where several processes share the units. */
	readonly claims?: Claims;
	/** Units that are there count. Without it all are made again. */
	readonly goesOn: boolean;
	/** Units that are done, of all of the scale. */
	readonly onUnit?: (done: number, total: number) => void;
	/** Looks, before a unit is written, whether that is still of use. @throws where it is not */
	readonly check?: () => Promise<void>;
};

/** Extents of the longest axis that is not halved any more. */
const SMALL = 256;

/** Units done at once, and looked at at once. */
const AT_ONCE = 2;
const LOOKS_AT_ONCE = 16;

/** Spans that the units of a scale are claimed by. */
const SPANS = 256;

/** A layout that scales can be added to: an OME-Zarr image where it is a Zarr. @throws CONFIG for formats without scales */
export async function scaledLayout(path: string, name: FormatName, layout: Layout = {}): Promise<Layout> {
	const { buildScales } = await formatByName(name);
	if (buildScales === undefined) {
		const message = `${path}: ${name} has no coarser scales; leave them out (inference.data.pyramid, --pyramid), or choose ${endingOf("zarr")} or ${endingOf("precomputed")}`;
		throw new NnvolError("CONFIG", message, { fields: { path, format: name } });
	}
	return name === "zarr" ? { ...layout, ome: layout.zarrFormat === 2 ? "0.4" : "0.5" } : layout;
}

/** How many scales after the first a volume of `shape` gets. */
export function scaleCount(shape: readonly number[], wish: ScaleWish): number {
	return wish === "auto" ? Math.max(1, Math.ceil(Math.log2(Math.max(...shape) / SMALL))) : wish;
}

/** Builds the scales of the output at `path`, whose finest is written. @throws VOLUME, CANCELLED */
export async function buildOutputScales(
	path: string,
	name: FormatName,
	of: Pick<VolumeInfo, "shape">,
	wish: ScaleWish,
	kind: ScaleOptions["kind"],
	how: ScaleHow,
): Promise<void> {
	const { signal, claims } = how;
	const spread = (work: ScaleWork) => (claims === undefined ? doAlone(work, how) : doShared(work, how, claims));
	await spreadOutputScales(path, name, of, wish, kind, { spread, ...(signal === undefined ? {} : { signal }) });
}

/** As `buildOutputScales`, the units of each scale done by `spread`, which knows which of them count. @throws VOLUME, CANCELLED; as `spread` */
export async function spreadOutputScales(
	path: string,
	name: FormatName,
	{ shape }: Pick<VolumeInfo, "shape">,
	wish: ScaleWish,
	kind: ScaleOptions["kind"],
	how: Required<Pick<ScaleOptions, "spread">> & IoOptions,
): Promise<void> {
	const { buildScales } = await formatByName(name);
	await buildScales?.(path, { count: scaleCount(shape, wish), kind, ...how });
}

async function doAlone(work: ScaleWork, { goesOn, onUnit, check, signal }: ScaleHow): Promise<void> {
	let done = 0;
	await inLanes(numbers(work), AT_ONCE, async (unit) => {
		throwIfAborted(signal);
		if (!goesOn || !(await work.isDone(unit))) {
			await check?.();
			await work.build(unit);
		}
		onUnit?.(++done, work.units);
	});
}

async function doShared(work: ScaleWork, { onUnit, check, signal }: ScaleHow, claims: Claims): Promise<void> {
	const known = new Set<number>();
	await sharePass({
		name: `scale-${work.level}`,
		blocks: numbers(work),
		spans: SPANS,
		claims,
		lanes: AT_ONCE,
		recorded: async () => {
			const open = numbers(work).filter((unit) => !known.has(unit));
			await inLanes(open, LOOKS_AT_ONCE, async (unit) => {
				if (await work.isDone(unit)) known.add(unit);
			});
			return known;
		},
		isRecorded: (unit) => work.isDone(unit),
		perform: (unit) => work.build(unit),
		onDone: (done) => onUnit?.(done, work.units),
		check: check ?? (async () => undefined),
		signal,
	});
}

function numbers({ units }: ScaleWork): readonly number[] {
	return Array.from({ length: units }, (_, n) => n);
}
