/**
 * Zarr: the conformance suite for every layout that is written.
 *
 * @module
 */
import { describe } from "vitest";
import type { Layout, VolumeFormat } from "../../src/volume/volume.ts";
import { zarr } from "../../src/volume/zarr/zarr.ts";
import { testVolumeFormat } from "./conformance.ts";

/** Zarr with another layout: fewer types and ranks, for the other steps of the way are the same. */
function variant(name: string, layoutOf: (rank: number) => Layout): void {
	const create: VolumeFormat["create"] = (path, spec, options) =>
		zarr.create(path, { ...spec, layout: layoutOf(spec.shape.length) }, options);
	describe(name, () => {
		testVolumeFormat(
			{ ...zarr, ranks: [3], create },
			{ runs: 1, supports: (dtype) => dtype === "uint8" || dtype === "int64" },
		);
	});
}

const each = (rank: number, extent: number) => Array.from({ length: rank }, () => extent);
variant("raw", (rank) => ({ compression: "none", chunks: each(rank, 5) }));
variant("zstd in shards", (rank) => ({ compression: "zstd", chunks: each(rank, 3), shards: each(rank, 6) }));
variant("raw in shards", (rank) => ({ compression: "none", chunks: each(rank, 3), shards: each(rank, 9) }));
variant("blosc", (rank) => ({ compression: "blosc", chunks: each(rank, 5) }));
variant("version 2, lz4", (rank) => ({ zarrFormat: 2, compression: "lz4", chunks: each(rank, 4) }));
variant("version 2, gzip", () => ({ zarrFormat: 2, compression: "gzip" }));
