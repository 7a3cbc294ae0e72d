/**
 * Where Prometheus asks: an address, told from the path of a file.
 *
 * @module
 */
import { NnvolError } from "../core/errors.ts";

/** Where a process is asked at. `host` empty: at every address of the machine. */
export type Address = { readonly host: string; readonly port: number };

/** The address in `HOST:PORT`, `[::1]:PORT` or `:PORT`; undefined for the path of a file. @throws CONFIG for no port */
export function parseAddress(text: string): Address | undefined {
	const [, bracketed, plain = "", digits = ""] = /^(?:\[([0-9a-f:.]+)\]|([\w.-]*)):(\d+)$/i.exec(text) ?? [];
	if (digits === "") return undefined;
	const port = Number(digits);
	if (port > 65_535) {
		throw new NnvolError("CONFIG", `--prometheus ${text}: ${digits} is no port; ports go up to 65535`);
	}
	return { host: bracketed ?? plain, port };
}
