/**
 * What can be written behind URLs: chunked formats, in buckets, by one model.
 *
 * @module
 */
import { NnvolError } from "../core/errors.ts";
import { FORMATS } from "../volume/formats.ts";
import { isRemote, storeParts, withoutSecrets } from "../volume/stores/location.ts";
import type { FormatName } from "../volume/volume.ts";

/** Formats whose volumes are many values, written in any order. */
const CHUNKED: readonly FormatName[] = FORMATS.filter(({ isFolder }) => isFolder).map(({ name }) => name);

/** Finds out before a run what outputs behind URLs would fail by. @throws CONFIG for other formats; UNBUILT for places that cannot be written */
export function requireWritableUrls(
	outputs: readonly { readonly output: string; readonly format: FormatName }[],
): void {
	for (const { output, format } of outputs) {
		if (!isRemote(output)) continue;
		const path = withoutSecrets(output);
		const { scheme } = storeParts(output);
		if (scheme === "http" || scheme === "https") {
			throw new NnvolError(
				"UNBUILT",
				`${path}: a plain http server cannot be written to; write to a folder, or to s3:// or gs://`,
				{ fields: { path } },
			);
		}
		if (CHUNKED.includes(format)) continue;
		throw new NnvolError(
			"CONFIG",
			`${path}: ${format} files cannot be written behind URLs, only ${CHUNKED.join(", ")}; choose zarr (an output that ends in .zarr, --format zarr, or inference.data.output_format=zarr), or write to a folder`,
			{ fields: { path, format } },
		);
	}
}

/** @throws UNBUILT where `what` ("a cascade") would write to `folder` behind a URL */
export function requireLocalFor(what: string, folder: string): void {
	if (!isRemote(folder)) return;
	const path = withoutSecrets(folder);
	throw new NnvolError(
		"UNBUILT",
		`${path}: ${what} cannot be written behind URLs yet; write to a folder, then copy with nnvol convert`,
		{ fields: { path } },
	);
}
