/**
 * Faults in decoding block by block: seams, ids, holes, growth.
 *
 * @module
 */
import type { Fault } from "./list.ts";

const VOLUMES = ["test/run/decode/decode-volume.test.ts"];
const GROWTH = ["test/run/decode/flood.test.ts"];

/** What the tests of written volumes must catch. */
export const DECODE_VOLUME_FAULTS: readonly Fault[] = [
	{
		name: "neighbours across a seam that are none",
		file: "src/decode/volume/seams.ts",
		from: "spent + Math.abs(u.step) + Math.abs(v.step) > connectivity",
		to: "spent > connectivity",
		tests: VOLUMES,
	},
	{
		name: "the first voxel of an object taken from its first block",
		file: "src/decode/volume/merge.ts",
		from: "Math.min(this.#firsts[root] ?? 0, this.#firsts[n] ?? 0)",
		to: "this.#firsts[root] ?? 0",
		tests: VOLUMES,
	},
	{
		name: "sizes of pieces taken for those of objects",
		file: "src/decode/volume/merge.ts",
		from: "(this.#voxels[root] ?? 0) + (this.#voxels[n] ?? 0)",
		to: "(this.#voxels[root] ?? 0)",
		tests: VOLUMES,
	},
	{
		name: "background at the far side of the volume taken for a hole",
		file: "src/decode/volume/pieces.ts",
		from: "start + extent === total",
		to: "start + extent === total + 1",
		tests: VOLUMES,
	},
	{
		name: "faces between pieces of an object counted as its surface",
		file: "src/decode/volume/object-columns.ts",
		from: "- 2 * (pairs.faces[n] ?? 0)",
		to: "- (pairs.faces[n] ?? 0)",
		tests: VOLUMES,
	},
	{
		name: "growth that ends after the first round",
		file: "src/decode/volume/growth-front.ts",
		from: "[...this.#open].filter(isNear)",
		to: "[...this.#open].filter(() => false)",
		tests: GROWTH,
	},
	{
		name: "cores without a halo",
		file: "src/decode/volume/cores.ts",
		from: "halo: [32, 32, 32]",
		to: "halo: [0, 0, 0]",
		tests: GROWTH,
	},
];
