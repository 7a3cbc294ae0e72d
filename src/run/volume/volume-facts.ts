/**
 * What the plan of a volume follows from, taken from the open case and the loaded network.
 *
 * @module
 */
import { DTYPES } from "../../core/dtype.ts";
import { sizeOf, zyx } from "../../core/shape.ts";
import { disagreementsOf } from "../../plan/products.ts";
import type { Settings } from "../../plan/settings.ts";
import type { VolumeFacts } from "../../plan/volume-plan.ts";
import type { VoxelSource } from "../../preprocess/voxel-source.ts";
import type { Network } from "../network.ts";
import { AHEAD } from "../tile-pipeline.ts";
import type { OpenVolumeCase } from "./open-case.ts";
import type { VolumeParts } from "./parts.ts";

/** What the plan follows from. */
export function volumeFacts(
	{ layout, settings, source, targets }: Pick<OpenVolumeCase, "layout" | "settings" | "source" | "targets">,
	parts: { readonly source: Pick<VoxelSource, "dtype" | "chunks"> } & Pick<VolumeParts, "network" | "scale" | "origin">,
	{ heads, lanes, folds = 1 }: Pick<Network, "heads" | "lanes"> & Partial<Pick<Network, "folds">>,
	batchSize: number,
): VolumeFacts {
	const patch = settings.patch.length === 2 ? zyx([1, ...settings.patch]) : zyx(settings.patch);
	const bytesOf = (product: (typeof targets)[number]["product"]) => product.channels * bytesOfType(product.held);
	const carried = disagreementsOf(settings).length;
	const clean = targets.reduce((sum, { product }) => sum + (product.clean === undefined ? 0 : product.channels * 8), 0);
	const outputBytes = targets.reduce((sum, { product }) => sum + bytesOf(product), 0);
	return {
		layout,
		network: parts.network,
		sections: settings.sectionwise ? source.shape[0] : 1,
		scale: parts.scale,
		origin: parts.origin,
		patch,
		step: settings.step,
		views: settings.views.length,
		channels: source.channels,
		heads: heads + carried,
		sourceBytes: bytesOfType(parts.source.dtype),
		chunks: parts.source.chunks,
		outputBytes: outputBytes + clean,
		writeBytes: outputBytes,
		// where folds are compared each one's values are held
		tilesHeld: batchSize * (lanes + AHEAD + 1) * (carried === 0 ? 1 : folds + 1),
		wholePlanes: targets.some(({ product }) => product.clean !== undefined),
	};
}

/** Runs the network once, so that what it takes is known before memory is shared out. */
export async function warmUp(
	network: Network,
	{ settings, source }: { readonly settings: Settings; readonly source: Pick<VoxelSource, "channels"> },
	batchSize: number,
): Promise<void> {
	const shape = [batchSize, source.channels, ...settings.patch];
	const runs = Array.from({ length: network.lanes }, () =>
		network.run({ data: new Float32Array(sizeOf(shape)), shape }),
	);
	await Promise.all(runs);
}

function bytesOfType(dtype: keyof typeof DTYPES): number {
	return DTYPES[dtype].bytes;
}
