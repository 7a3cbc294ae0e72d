/**
 * Ctrl-C and a scheduler's TERM: the first lets the case in hand be dropped cleanly, the second ends at once.
 *
 * @module
 */

/** Runs `work` with a signal that is raised on SIGINT or SIGTERM. */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
	const controller = new AbortController();
	const onSignal = () => {
		if (controller.signal.aborted) process.exit(130);
		process.stderr.write("\nnnvol: stopping; what is done is kept (interrupt again to end at once)\n");
		controller.abort();
	};
	process.on("SIGINT", onSignal);
	process.on("SIGTERM", onSignal);
	try {
		return await work(controller.signal);
	} finally {
		process.off("SIGINT", onSignal);
		process.off("SIGTERM", onSignal);
	}
}
