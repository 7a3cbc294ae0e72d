/**
 * Zarr: versions 2 and 3 and OME-Zarr, read and written.
 *
 * Raw, blosc, zstd, gzip, zlib and lz4 chunks, shards, either byte order, C and Fortran order and other transpositions are
 * read. A chunk that is missing holds the fill value, as the format wants it; one that is damaged is an error.
 *
 * @module
 */
import type { VolumeFormat } from "../volume.ts";
import { createZarr, listZarr, openZarr, openZarrRegions, ZARR_HOLDS } from "./open.ts";
import { buildPyramid } from "./pyramid.ts";

/** Zarr. */
export const zarr: VolumeFormat = {
	...ZARR_HOLDS,
	extensions: [".zarr"],
	isFolder: true,
	matches: () => false,
	open: openZarr,
	datasets: listZarr,
	create: createZarr,
	openRegions: openZarrRegions,
	buildScales: async (path, { count, kind, dataset, signal, spread }) => {
		const named = dataset === undefined ? {} : { dataset };
		const how = spread === undefined ? {} : { spread };
		const options = { ...named, ...how, levels: count + 1, kind: kind === "image" ? "image" : "labels" } as const;
		return buildPyramid(path, options, signal === undefined ? {} : { signal });
	},
};
