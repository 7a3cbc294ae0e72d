/**
 * What a volume behind a URL is recognised by: its documents of metadata, since chunks are too many to be asked for.
 *
 * A chunk that is written anew under the same metadata does not show.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { canonicalJson } from "../core/hash.ts";
import { openVolume } from "../volume/formats.ts";
import { baseOf, openStore } from "../volume/stores/open-store.ts";
import type { InputIdentity } from "./input-identity.ts";

/** Documents that tell what a Zarr, N5 or precomputed volume is. */
const DOCUMENTS = ["zarr.json", ".zarray", ".zgroup", ".zattrs", "attributes.json", "info"];

/** Bytes of a hash that a number holds exactly. */
const NUMBER_BYTES = 6;

/**
 * Name and size of the documents at `url`, and, in the place of a time, a number from the SHA-256 of them and of what is
 * read of the array (so that a group's array counts too).
 *
 * @throws VOLUME where it cannot be read
 */
export async function identifyRemote(url: string): Promise<InputIdentity> {
	const hash = createHash("sha256");
	const store = await openStore(url);
	let bytes = 0;
	try {
		for (const name of DOCUMENTS) {
			const found = await store.get(name);
			if (found === undefined) continue;
			hash.update(`${name} ${found.length}\n`).update(found);
			bytes += found.length;
		}
	} finally {
		await store.close();
	}
	const reader = await openVolume(url);
	const { path: _, ...info } = reader.info;
	await reader.close();
	const digest = hash.update(canonicalJson(info)).digest();
	return { name: baseOf(url), bytes, modified: digest.readUIntBE(0, NUMBER_BYTES) };
}
