/**
 * Which chunked format lies in a folder or behind a URL, told by its documents: they are asked for by name, since plain
 * http cannot list.
 *
 * @module
 */
import { isNnvolError } from "../core/errors.ts";
import type { KeyStore } from "./stores/store.ts";
import type { FormatName } from "./volume.ts";

/** Documents of Zarr arrays and groups (version 3, or 2). */
const ZARR_MARKS = ["zarr.json", ".zarray", ".zgroup"] as const;

/** Attributes of N5 arrays, containers, and groups of a pyramid where the container was not named. */
const N5_MARKS = ["dimensions", "n5", "pixelResolution", "downsamplingFactors", "scales", "multiScale", "painteraData"];

/** A document beyond this is none of theirs, and is not parsed. */
const MOST_BYTES = 64 << 20;

/** The format of the volume in `store`; undefined where it is none of the chunked ones. @throws VOLUME where it cannot be read */
export async function senseStore(store: KeyStore): Promise<FormatName | undefined> {
	for (const mark of ZARR_MARKS) if ((await store.get(mark)) !== undefined) return "zarr";
	const info = await documentAt(store, "info");
	if (info?.["@type"] === "neuroglancer_multiscale_volume" || Array.isArray(info?.["scales"])) return "precomputed";
	const attributes = await documentAt(store, "attributes.json");
	if (N5_MARKS.some((mark) => attributes?.[mark] !== undefined)) return "n5";
	return (await documentAt(store, "s0/attributes.json"))?.["dimensions"] === undefined ? undefined : "n5";
}

/** The JSON object under `key`, empty where it is no such thing; undefined where there is nothing. */
async function documentAt(store: KeyStore, key: string): Promise<Readonly<Record<string, unknown>> | undefined> {
	const bytes = await store.get(key);
	if (bytes === undefined || bytes.length > MOST_BYTES) return undefined;
	try {
		const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
		return typeof value === "object" && value !== null ? Object.fromEntries(Object.entries(value)) : {};
	} catch (error) {
		if (isNnvolError(error)) throw error;
		return {};
	}
}
