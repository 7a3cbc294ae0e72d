/**
 * Paths of volumes that may be URLs: telling them from files, taking them apart, putting them together.
 *
 * A URL is never resolved against a folder, never expanded as a glob, and its slashes are those of URLs on every system.
 *
 * @module
 */
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { NnvolError } from "../../core/errors.ts";

/** Places behind a network that are built. */
export const REMOTE_SCHEMES = ["http", "https", "s3", "gs"] as const;
export type RemoteScheme = (typeof REMOTE_SCHEMES)[number];

/** What a path is made of: scheme, host or bucket, the path below it without slashes at its ends, and the query of an http URL. */
export type StoreParts =
	| { readonly scheme: "file"; readonly path: string }
	| { readonly scheme: RemoteScheme; readonly host: string; readonly path: string; readonly query: string };

/** What other viewers put before a place to tell its format: dropped, the content tells it. */
const PREFIX = /^(?:zarr|zarr2|zarr3|n5|precomputed):\/\//;

/** Two letters or more, so that the drives of Windows are no schemes. */
const SCHEME = /^([a-z][a-z\d+.-]+):\/\//i;

/** `path` without a viewer's prefix (`zarr://`, `zarr2://`, `n5://`, `precomputed://`), `file://`, and a URL's last slashes. */
export function plainPath(path: string): string {
	const bare = path.replace(PREFIX, "");
	if (/^file:\/\//i.test(bare)) return fileURLToPath(bare);
	const [scheme] = SCHEME.exec(bare) ?? [];
	if (scheme === undefined) return bare;
	const [place, query] = splitQuery(bare);
	return `${scheme}${place.slice(scheme.length).replace(/\/+$/, "")}${query}`;
}

/** True for http://, https://, s3:// and gs://, and for every other scheme: no such path is a file's. */
export function isRemote(path: string): boolean {
	return SCHEME.test(plainPath(path));
}

/** Takes a path or URL apart. @throws UNBUILT for a scheme that is not built; INPUT for a URL without a host or bucket */
export function storeParts(path: string): StoreParts {
	const plain = plainPath(path);
	const [whole = "", written] = SCHEME.exec(plain) ?? [];
	if (written === undefined) return { scheme: "file", path: plain };
	const scheme = REMOTE_SCHEMES.find((name) => name === written.toLowerCase());
	if (scheme === undefined) {
		throw new NnvolError(
			"UNBUILT",
			`${withoutSecrets(plain)}: places of ${written}:// are not built; name a folder, or http://, https://, s3:// or gs://`,
			{ fields: { path: withoutSecrets(plain) } },
		);
	}
	const [place, query] = splitQuery(plain);
	const [host = "", ...parts] = place.slice(whole.length).split("/");
	if (host === "") {
		const what = scheme === "s3" || scheme === "gs" ? "bucket" : "host";
		throw new NnvolError("INPUT", `${plain}: names no ${what}; write ${scheme}://${what.toUpperCase()}/PATH`);
	}
	return { scheme, host, path: parts.filter(Boolean).join("/"), query };
}

/** `root` and what lies below it: a URL keeps its query at the end, a file path is joined as the system does. */
export function joinPath(root: string, ...parts: readonly string[]): string {
	if (!isRemote(root)) return join(root, ...parts);
	const [place, query] = splitQuery(plainPath(root));
	const below = parts.flatMap((part) => part.split("/")).filter((part) => part !== "" && part !== ".");
	return `${[place, ...below].join("/")}${query}`;
}

/** The last part of a path or URL, without the query: what a case is named by. */
export function baseOf(path: string): string {
	if (!isRemote(path)) return basename(plainPath(path));
	const [place] = splitQuery(plainPath(path));
	return place.replace(SCHEME, "").split("/").at(-1) ?? "";
}

/** What a path is compared by: a URL as it stands, a file path from the root of its file system. */
export function absolutePath(path: string): string {
	return isRemote(path) ? plainPath(path) : resolve(plainPath(path));
}

/** The path or URL above; a bucket or host is above itself. */
export function parentOf(path: string): string {
	if (!isRemote(path)) return dirname(plainPath(path));
	const [place, query] = splitQuery(plainPath(path));
	const [scheme = ""] = SCHEME.exec(place) ?? [];
	const parts = place.slice(scheme.length).split("/");
	return `${scheme}${(parts.length > 1 ? parts.slice(0, -1) : parts).join("/")}${query}`;
}

/** A URL as it may be shown: without user, password and query, which may hold keys. */
export function withoutSecrets(path: string): string {
	if (!isRemote(path)) return path;
	const [place] = splitQuery(plainPath(path));
	return place.replace(/^([a-z][a-z\d+.-]+:\/\/)[^/@]*@/i, "$1");
}

/** Only http URLs have a query: in a bucket "?" is a letter of the key. */
function splitQuery(path: string): readonly [place: string, query: string] {
	const at = /^https?:/i.test(path) ? path.search(/[?#]/) : -1;
	if (at < 0) return [path, ""];
	const query = path.slice(at).replace(/#.*$/, "");
	return [path.slice(0, at), query];
}
