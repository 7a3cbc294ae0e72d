/**
 * `nnvol config --config F [overrides]`.
 *
 * @module
 */
import { loadConfig } from "../../config/load.ts";
import { renderConfig } from "../../config/render.ts";
import { sourceOf } from "../flags.ts";

/** Prints the resolved configuration, each value with its origin. */
export async function runConfig(
	overrides: readonly string[],
	flags: { readonly config?: string; readonly params?: string; readonly json?: boolean },
): Promise<number> {
	const resolved = await loadConfig({ overrides, ...sourceOf(flags) });
	const text =
		flags.json === true
			? `${JSON.stringify(resolved.config, null, 2)}\n`
			: `${renderConfig(resolved, { origins: true })}# SHA-256 ${resolved.hash}\n`;
	process.stdout.write(text);
	return 0;
}
