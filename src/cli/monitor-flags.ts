/**
 * What of a run is watched, from options and configuration; options win.
 *
 * @module
 */
import type { Config } from "../config/schema.ts";
import { NnvolError } from "../core/errors.ts";
import { parseAddress } from "../monitor/address.ts";
import { IMAGES, INTERVAL, type MonitorSettings } from "../run/monitor-settings.ts";
import { absolutePath, isRemote } from "../volume/stores/location.ts";

/** Options of every command that runs. */
export type MonitorFlags = {
	readonly tensorboard?: string;
	readonly prometheus?: string;
	readonly events?: string;
};

/** The settings, to be spread into a run's options; nothing where nothing is asked for. @throws CONFIG, UNBUILT */
export function monitorOf(flags: MonitorFlags, config?: Config["monitor"]): { readonly monitor?: MonitorSettings } {
	const places = {
		...place("tensorboard", flags, config),
		...place("prometheus", flags, config),
		...place("events", flags, config),
	};
	if (Object.keys(places).length === 0) return {};
	return { monitor: { ...places, interval: config?.interval ?? INTERVAL, images: config?.images ?? IMAGES } };
}

function place(
	name: keyof MonitorFlags,
	flags: MonitorFlags,
	config: Config["monitor"] | undefined,
): { readonly [K in keyof MonitorFlags]?: string } {
	const found = flags[name] ?? config?.[name] ?? undefined;
	if (found === undefined) return {};
	if (found === "") throw new NnvolError("CONFIG", `--${name}: the place is empty (an unset shell variable?)`);
	if (name === "prometheus" && parseAddress(found) !== undefined) return { [name]: found };
	if (isRemote(found)) {
		const why = "files that grow are not written behind URLs; name a local path";
		throw new NnvolError("UNBUILT", `--${name} ${found}: ${why}`);
	}
	const end = /[/\\]$/.test(found) ? "/" : ""; // says that it is a folder
	return { [name]: `${absolutePath(found)}${end}` }; // a worker may go to another folder
}

/** What a worker watches with: what its plan says, and its own options. */
export function ownMonitor(
	planned: MonitorSettings | undefined,
	own: MonitorSettings | undefined,
): { readonly monitor?: MonitorSettings } {
	if (own === undefined) return planned === undefined ? {} : { monitor: planned };
	const { interval, images } = planned ?? own;
	return { monitor: { ...planned, ...own, interval, images } };
}
