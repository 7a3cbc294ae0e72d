/**
 * `nnvol config --config F [overrides]`.
 *
 * @module
 */
import { loadConfig } from "../../config/load.ts";
import { renderConfig } from "../../config/render.ts";

/** Prints the resolved configuration, each value with its origin. */
export async function runConfig(
	overrides: readonly string[],
	flags: { readonly config?: string; readonly json?: boolean },
): Promise<number> {
	const resolved = await loadConfig({ overrides, ...(flags.config === undefined ? {} : { file: flags.config }) });
	const text =
		flags.json === true
			? `${JSON.stringify(resolved.config, null, 2)}\n`
			: `${renderConfig(resolved, { origins: true })}# SHA-256 ${resolved.hash}\n`;
	process.stdout.write(text);
	return 0;
}
