/**
 * TIFF from parts: the packed strips of some pages each; header and directories are written when all are there.
 *
 * @module
 */
import { checkSpec } from "../check.ts";
import { appendPart, keepPart, type Pages, type PartFacts, type PartWriter } from "../parts.ts";
import { OutputFile } from "../streams/output.ts";
import type { VolumeFormat, VolumeSpec } from "../volume.ts";
import { headerBytes, type Layout, type Strips } from "./layout.ts";
import { endTiff, layoutOf, packedStrips, packerOf } from "./write.ts";

/** The parts of the TIFF of `spec` at `path`. @throws VOLUME where TIFF cannot hold it; UNBUILT for a packing that it has not */
export function tiffParts(format: VolumeFormat, path: string, spec: VolumeSpec): PartWriter {
	checkSpec(format, path, spec);
	const layout = layoutOf(path, spec);
	const packer = packerOf(path, spec);
	return {
		write: async (folder, n, _, pages) => {
			const strips: Uint8Array[] = [];
			for (const page of singlePages(pages)) {
				for await (const strip of packedStrips(page, layout, packer)) strips.push(strip);
			}
			const bytes = Buffer.concat(strips);
			await keepPart(folder, n, bytes);
			return { bytes: bytes.length, raw: pages.bytes.length, pieces: strips.map(({ length }) => length) };
		},
		join: (folder, parts, place) => joinTiff(folder, parts, place, layout),
	};
}

function* singlePages({ bytes, count }: Pages): Generator<Uint8Array> {
	const length = bytes.length / count;
	for (let n = 0; n < count; n++) yield bytes.subarray(n * length, (n + 1) * length);
}

async function joinTiff(folder: string, parts: readonly PartFacts[], place: string, layout: Layout): Promise<void> {
	const file = await OutputFile.create(place);
	try {
		await file.append(headerBytes(layout, 0));
		const strips: Strips = { offsets: [], counts: [] };
		for (const [n, part] of parts.entries()) {
			let at = file.size;
			for (const length of part.pieces ?? []) {
				strips.offsets.push(at);
				strips.counts.push(length);
				at += length;
			}
			await appendPart(file, folder, n, part);
		}
		const perPage = Math.ceil(layout.height / layout.rowsPerStrip);
		const ofPage = (list: readonly number[], page: number) => list.slice(page * perPage, (page + 1) * perPage);
		await endTiff(file, layout, (page) => ({
			offsets: ofPage(strips.offsets, page),
			counts: ofPage(strips.counts, page),
		}));
	} catch (error) {
		await file.abandon();
		throw error;
	}
}
