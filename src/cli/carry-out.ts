/**
 * Carries out what a command asks for: in this process, or by several of this machine.
 *
 * @module
 */
import { interruptible } from "./interrupt.ts";
import { carryOut, type RunRequest } from "./run-plan.ts";

/** Plans and runs, by as many processes as the request wants; gives the exit code. */
export async function carryOutByAll(request: RunRequest): Promise<number> {
	if (request.workers === undefined) return carryOut(request);
	const { placesOf, runWithWorkers } = await import("./local-run.ts");
	const places = placesOf(request);
	if (places.length === 0) return carryOut(request);
	try {
		return await interruptible((signal) => runWithWorkers(request, places, signal), request.onSignal);
	} finally {
		request.progress.close();
	}
}
