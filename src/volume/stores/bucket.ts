/**
 * A place in a bucket: keys below a prefix, and what a listing by pages says of them.
 *
 * @module
 */
import { NnvolError } from "../../core/errors.ts";
import { keyParts } from "./keys.ts";
import { joinPath, plainPath, storeParts } from "./location.ts";
import type { StoreListing } from "./store.ts";

/** Names of objects and of what stands before the next slash, whole, and what the next page is asked for by. */
export type BucketPage = {
	readonly keys: readonly string[];
	readonly prefixes: readonly string[];
	readonly next?: string;
};

/** `SCHEME://BUCKET/PREFIX`. */
export class BucketPlace {
	readonly root: string;
	readonly bucket: string;
	readonly #path: string;

	constructor(root: string) {
		const parts = storeParts(root);
		this.root = plainPath(root);
		this.bucket = parts.scheme === "file" ? "" : parts.host;
		this.#path = parts.path;
	}

	/** The object's name. @throws VOLUME where `key` leads out of the place */
	keyOf(key: string): string {
		return [this.#path, ...keyParts(this.root, key)].filter(Boolean).join("/");
	}

	/** What the names of all that lies below `prefix` begin with: "" or ending in a slash. */
	prefixOf(prefix: string): string {
		const whole = this.keyOf(prefix);
		return whole === "" ? "" : `${whole}/`;
	}

	/** For messages. */
	urlOf(key: string): string {
		return joinPath(this.root, key);
	}

	/** All pages of what lies directly below `prefix`. @throws VOLUME where the bucket is not there */
	async collect(
		prefix: string,
		page: (token: string | undefined) => Promise<BucketPage | undefined>,
	): Promise<StoreListing> {
		const below = this.prefixOf(prefix);
		const files = new Set<string>();
		const folders = new Set<string>();
		let token: string | undefined;
		do {
			const found = await page(token);
			if (found === undefined) throw this.#noBucket();
			for (const key of found.keys) files.add(key.slice(below.length));
			for (const name of found.prefixes) folders.add(name.slice(below.length).replace(/\/$/, ""));
			if (found.next !== undefined && found.next === token) break;
			token = found.next;
		} while (token !== undefined);
		// an object named as the folder itself stands for it
		files.delete("");
		folders.delete("");
		return { files: [...files].sort(), folders: [...folders].sort() };
	}

	#noBucket(): NnvolError {
		return new NnvolError("VOLUME", `${this.root}: there is no such bucket; check its name`, {
			fields: { path: this.root },
		});
	}
}
