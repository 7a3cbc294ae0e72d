/**
 * Access tokens: asked for, and kept until shortly before they end.
 *
 * @module
 */
import { z } from "zod";
import { NnvolError } from "../../core/errors.ts";
import { readAll } from "./body.ts";
import { withoutSecrets } from "./location.ts";
import { exchange } from "./transport.ts";
import type { Tuning } from "./tuning.ts";

/** A token and the time, in milliseconds since 1970, until which it is used. */
export type Token = { readonly text: string; readonly ends: number };

/** Seconds that a token lives at most. */
export const MOST_TOKEN = 3600;

/** Milliseconds before its end from which on a token is not used. */
const MARGIN = 60_000;

/** Most bytes of an answer that holds a token. */
const MOST_ANSWER = 1 << 20;

const Answer = z.object({ access_token: z.string().min(1), expires_in: z.number().positive().default(MOST_TOKEN) });

/** Asks `url` for a token: by POST with `form`, else by GET. @throws VOLUME */
export async function tokenFrom(
	tuning: Tuning,
	url: string,
	ask: { readonly form?: Readonly<Record<string, string>>; readonly headers?: Readonly<Record<string, string>> },
): Promise<Token> {
	const form = ask.form === undefined ? undefined : new TextEncoder().encode(new URLSearchParams(ask.form).toString());
	const answer = await exchange(
		tuning,
		{
			url,
			action: "read",
			method: form === undefined ? "GET" : "POST",
			headers: {
				...ask.headers,
				...(form === undefined ? {} : { "content-type": "application/x-www-form-urlencoded" }),
			},
			...(form === undefined ? {} : { body: form }),
		},
		async ({ body, length }) => parseAnswer(url, await readAll(body, length, MOST_ANSWER)),
	);
	if (answer === undefined) throw noToken(url);
	return { text: answer.access_token, ends: Date.now() + answer.expires_in * 1000 - MARGIN };
}

function parseAnswer(url: string, bytes: Uint8Array): z.infer<typeof Answer> {
	try {
		return Answer.parse(JSON.parse(new TextDecoder().decode(bytes)));
	} catch {
		throw noToken(url);
	}
}

function noToken(url: string): NnvolError {
	return new NnvolError("VOLUME", `${withoutSecrets(url)}: gave no access token; log in again`, {
		fields: { path: withoutSecrets(url) },
	});
}

/** One token for all who ask, renewed when it is about to end. */
export class TokenKeeper {
	readonly #source: () => Promise<Token | undefined>;
	#current: Promise<Token | undefined> | undefined;

	constructor(source: () => Promise<Token | undefined>) {
		this.#source = source;
	}

	/** The header that shows the token; none where requests go without. */
	async headers(): Promise<Readonly<Record<string, string>>> {
		const kept = await this.#current?.catch(() => undefined);
		if (this.#current === undefined || (kept !== undefined && kept.ends <= Date.now())) this.#renew();
		const token = await this.#current;
		return token === undefined ? {} : { authorization: `Bearer ${token.text}` };
	}

	#renew(): void {
		const asking = this.#source();
		this.#current = asking;
		asking.catch(() => {
			if (this.#current === asking) this.#current = undefined;
		});
	}
}
