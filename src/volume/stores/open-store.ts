/**
 * The store behind a path: a folder, http(s)://, s3://, gs://.
 *
 * The code of a kind of store is loaded when the first of it is opened.
 *
 * @module
 */
import { assertNever } from "../../core/errors.ts";
import { plainPath, storeParts } from "./location.ts";
import type { KeyStore } from "./store.ts";
import type { Tuning } from "./tuning.ts";

export {
	baseOf,
	isRemote,
	joinPath,
	parentOf,
	plainPath,
	storeParts,
	withoutSecrets,
} from "./location.ts";

/**
 * Opens the store whose keys lie below `root`, a folder or URL, with or without a viewer's prefix (`zarr://`, ...). Nothing
 * is read yet: a place that is not there has no values.
 *
 * @throws UNBUILT for another scheme, INPUT for a URL without a host or bucket
 */
export async function openStore(root: string, tuning: Partial<Tuning> = {}): Promise<KeyStore> {
	const parts = storeParts(root);
	switch (parts.scheme) {
		case "file":
			return new (await import("./file-store.ts")).FileStore(plainPath(root));
		case "http":
		case "https":
			return new (await import("./http-store.ts")).HttpStore(root, tuning);
		case "s3":
			return new (await import("./s3-store.ts")).S3Store(root, tuning);
		case "gs":
			return new (await import("./gs-store.ts")).GsStore(root, tuning);
		default:
			return assertNever(parts);
	}
}
