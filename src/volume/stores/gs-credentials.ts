/**
 * Google's credentials as its own tools find them: `GOOGLE_APPLICATION_CREDENTIALS`, what `gcloud auth application-default
 * login` left, the metadata server of Google's machines. Where there are none, requests go without, as public buckets want.
 *
 * Files of the kinds `service_account` (a token for a signed statement, RFC 7523) and `authorized_user` (a token for a
 * refresh token, RFC 6749) are known.
 *
 * @module
 */
import { createSign } from "node:crypto";
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { NnvolError } from "../../core/errors.ts";
import { systemCode } from "../../core/system-fault.ts";
import { MOST_TOKEN, type Token, tokenFrom } from "./gs-token.ts";
import type { Tuning } from "./tuning.ts";

/** Gives a token; undefined: requests go without. */
export type TokenSource = () => Promise<Token | undefined>;

const SCOPE = "https://www.googleapis.com/auth/devstorage.read_write";
const TOKEN_URL = "https://oauth2.googleapis.com/token";
const GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer";

const File = z.discriminatedUnion("type", [
	z.object({
		type: z.literal("service_account"),
		client_email: z.string().min(1),
		private_key: z.string().min(1),
		private_key_id: z.string().optional(),
		token_uri: z.url({ protocol: /^https?$/ }).default(TOKEN_URL),
	}),
	z.object({
		type: z.literal("authorized_user"),
		client_id: z.string().min(1),
		client_secret: z.string().min(1),
		refresh_token: z.string().min(1),
		token_uri: z.url({ protocol: /^https?$/ }).default(TOKEN_URL),
	}),
]);
type File = z.infer<typeof File>;

/** Where tokens come from, by what the environment says now. @throws CONFIG, UNBUILT for a file that cannot be used */
export async function findCredentials(tuning: Tuning): Promise<TokenSource> {
	const given = process.env["CLOUDSDK_AUTH_ACCESS_TOKEN"];
	if (given) return async () => ({ text: given, ends: Number.POSITIVE_INFINITY });
	const named = process.env["GOOGLE_APPLICATION_CREDENTIALS"];
	const path = named || wellKnownFile();
	const text = await readFile(path, "utf8").catch((cause: unknown) => {
		if (!named && systemCode(cause) === "ENOENT") return undefined;
		throw new NnvolError("CONFIG", `credentials file ${path} cannot be read; check GOOGLE_APPLICATION_CREDENTIALS`, {
			cause,
			fields: { path },
		});
	});
	if (text === undefined) return metadataSource(tuning);
	const file = parseFile(path, text);
	return () => tokenFrom(tuning, file.token_uri, { form: formOf(path, file) });
}

function wellKnownFile(): string {
	const windows = process.platform === "win32" ? process.env["APPDATA"] : undefined;
	const folder = process.env["CLOUDSDK_CONFIG"] || join(windows ?? join(homedir(), ".config"), "gcloud");
	return join(folder, "application_default_credentials.json");
}

function parseFile(path: string, text: string): File {
	const parsed = File.safeParse(jsonOf(text));
	if (parsed.success) return parsed.data;
	const kind = z.object({ type: z.string() }).safeParse(jsonOf(text)).data?.type;
	if (kind !== undefined && kind !== "service_account" && kind !== "authorized_user") {
		const next = "set CLOUDSDK_AUTH_ACCESS_TOKEN to what `gcloud auth print-access-token` prints";
		throw new NnvolError("UNBUILT", `${path}: credentials of the kind ${kind} are not built; ${next}`, {
			fields: { path },
		});
	}
	throw new NnvolError("CONFIG", `${path}: expected credentials of Google as JSON; download them again`, {
		fields: { path },
	});
}

function jsonOf(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}

function formOf(path: string, file: File): Readonly<Record<string, string>> {
	if (file.type === "authorized_user") {
		const { client_id, client_secret, refresh_token } = file;
		return { grant_type: "refresh_token", client_id, client_secret, refresh_token };
	}
	const now = Math.floor(Date.now() / 1000);
	const statement = { iss: file.client_email, scope: SCOPE, aud: file.token_uri, iat: now, exp: now + MOST_TOKEN };
	const header = {
		alg: "RS256",
		typ: "JWT",
		...(file.private_key_id === undefined ? {} : { kid: file.private_key_id }),
	};
	const body = [header, statement].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".");
	try {
		const signature = createSign("RSA-SHA256").update(body).sign(file.private_key).toString("base64url");
		return { grant_type: GRANT, assertion: `${body}.${signature}` };
	} catch (cause) {
		throw new NnvolError("CONFIG", `${path}: the private key cannot be used; download the file again`, {
			cause,
			fields: { path },
		});
	}
}

/** Milliseconds within which the metadata server answers, where there is one. */
const METADATA_SILENCE = 2000;

/** The service account of the machine; none where no metadata server answers. */
function metadataSource(tuning: Tuning): TokenSource {
	const host = process.env["GCE_METADATA_HOST"] || "metadata.google.internal";
	const url = `http://${host}/computeMetadata/v1/instance/service-accounts/default/token`;
	const quick = { ...tuning, tries: 1, silence: Math.min(tuning.silence, METADATA_SILENCE) };
	return () => tokenFrom(quick, url, { headers: { "metadata-flavor": "Google" } }).catch(() => undefined);
}
