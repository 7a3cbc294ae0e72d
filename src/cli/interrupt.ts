/**
 * Ctrl-C and a scheduler's TERM or USR2: the first lets what is in hand be dropped cleanly, the second ends at once.
 *
 * A worker that another command watches over is told by that one, and may hear the same twice (a terminal tells both): it only
 * drops what it has in hand, whatever it is told.
 *
 * @module
 */
import { hasParent, obeyParent } from "../launch/local/parent.ts";

/** USR1 would open Node's debugger; Windows has no USR2. */
const SIGNALS: readonly NodeJS.Signals[] =
	process.platform === "win32" ? ["SIGINT", "SIGTERM"] : ["SIGINT", "SIGTERM", "SIGUSR2"];

/** Runs `work` with a signal that is raised on SIGINT, SIGTERM or SIGUSR2. @param onFirst told which came first */
export async function interruptible<T>(
	work: (signal: AbortSignal) => Promise<T>,
	onFirst: (signal: NodeJS.Signals) => void = () => undefined,
): Promise<T> {
	const controller = new AbortController();
	if (hasParent()) return obedient(work, controller);
	const onSignal = (name: NodeJS.Signals) => {
		if (controller.signal.aborted) process.exit(130);
		process.stderr.write("\nnnvol: stopping; what is done is kept (interrupt again to end at once)\n");
		onFirst(name);
		controller.abort();
	};
	for (const name of SIGNALS) process.on(name, onSignal);
	try {
		return await work(controller.signal);
	} finally {
		for (const name of SIGNALS) process.off(name, onSignal);
	}
}

async function obedient<T>(work: (signal: AbortSignal) => Promise<T>, controller: AbortController): Promise<T> {
	const stop = () => controller.abort();
	const release = obeyParent(stop);
	for (const name of SIGNALS) process.on(name, stop);
	try {
		return await work(controller.signal);
	} finally {
		for (const name of SIGNALS) process.off(name, stop);
		release();
	}
}
