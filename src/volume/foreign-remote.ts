/**
 * What lies behind a URL that is none of the chunked formats, so that the error can say it.
 *
 * @module
 */
import { NnvolError } from "../core/errors.ts";
import { volumeError } from "./fault.ts";
import { baseOf, openStore, parentOf, withoutSecrets } from "./stores/open-store.ts";

/**
 * The error for a URL below which no document of a chunked format was found: UNBUILT for a single file, by its name
 * (`isFileName`) or since something is there, else VOLUME.
 */
export async function foreignRemote(url: string, isFileName: boolean): Promise<NnvolError> {
	const place = withoutSecrets(url);
	if (isFileName || (await isThere(url))) {
		return new NnvolError(
			"UNBUILT",
			`${place}: a single file behind a URL cannot be read yet; download it, or convert it to Zarr, N5 or precomputed, which are read where they lie`,
			{ fields: { path: place } },
		);
	}
	return volumeError(
		place,
		"expected a Zarr, N5 or precomputed volume, found none of their documents (zarr.json, .zarray, .zgroup, attributes.json, info); check the address",
	);
}

/** True where something lies at the URL itself. */
async function isThere(url: string): Promise<boolean> {
	if (parentOf(url) === url) return false;
	const store = await openStore(parentOf(url));
	try {
		return (await store.getRange(baseOf(url), { offset: 0, length: 1 })) !== undefined;
	} catch {
		return false;
	} finally {
		await store.close();
	}
}
