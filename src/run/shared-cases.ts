/**
 * The cases of a plan as one of several workers has them: which it begins with, and what is between workers on one case.
 *
 * Without claims every worker does its share alone: whole cases where there are many, else those that are held in memory by
 * turns and units of those that are streamed. With claims it goes on with what others have not begun.
 *
 * @module
 */
import { NnvolError } from "../core/errors.ts";
import { hashOf } from "../core/hash.ts";
import type { Plan, PlannedCase } from "../plan/plan.ts";
import { joinPath } from "../volume/stores/open-store.ts";
import type { CaseOutcome, CaseTurn } from "./case-worker.ts";
import type { Checked } from "./checked.ts";
import type { Claims } from "./claims/claims.ts";
import { within } from "./claims/within.ts";
import { isDoneByNow, type Ledger, recordName } from "./ledger.ts";
import type { WorkerShare } from "./run-options.ts";
import { openState, type StateStore, stateFolder } from "./state-store.ts";
import { openFence, openMarks } from "./volume/hands.ts";
import { inTurn, MOST_DEATHS } from "./volume/unit-queue.ts";

/** So many cases for each worker are shared as they are; fewer are cut. */
const MANY = 4;

/** Units of a volume where there are many: those who come late help with the last ones. */
const HELPERS = 4;

/** Which cases a worker begins with, and which it looks at afterwards: their numbers. */
export function caseOrder(count: number, { index, count: workers, claims }: WorkerShare) {
	const all = Array.from({ length: count }, (_, n) => n);
	const mine = all.filter((n) => n % workers === index);
	if (!claims) return { own: isMany(count, workers) ? mine : all, others: [] };
	return { own: mine, others: inTurn(count, index, workers).filter((n) => n % workers !== index) };
}

function isMany(cases: number, workers: number): boolean {
	return cases >= MANY * workers;
}

/** Workers that the units of each streamed volume are cut for, where so many workers take what others have not begun. */
export function unitWorkers(cases: number, workers: number): number {
	return isMany(cases, workers) ? Math.min(workers, HELPERS) : workers;
}

/** The cases of a plan, for one worker. Close it in a `finally`. */
export class SharedCases {
	readonly own: readonly PlannedCase[];
	readonly others: readonly PlannedCase[];
	readonly #plan: Plan;
	readonly #ledger: Ledger;
	readonly #worker: WorkerShare;
	readonly #state: StateStore;
	/** One at a time. */
	readonly #fence: Claims | undefined;
	/** Claims on cases, or mere marks. */
	readonly #marks: Claims;
	readonly #numbers: ReadonlyMap<PlannedCase, number>;
	readonly #signal: AbortSignal | undefined;

	private constructor(
		{ plan, ledger, worker, signal }: SharedCasesSpec,
		places: { readonly state: StateStore; readonly fence: Claims | undefined; readonly marks: Claims },
	) {
		this.#plan = plan;
		this.#ledger = ledger;
		this.#worker = worker;
		this.#state = places.state;
		this.#fence = places.fence;
		this.#marks = places.marks;
		this.#signal = signal;
		const { own, others } = caseOrder(plan.cases.length, worker);
		const entries = (numbers: readonly number[]) => numbers.flatMap((n) => plan.cases.slice(n, n + 1));
		this.own = entries(own);
		this.others = entries(others);
		this.#numbers = new Map(plan.cases.map((entry, n) => [entry, n]));
	}

	static async open(spec: SharedCasesSpec): Promise<SharedCases> {
		const { plan, worker, name } = spec;
		const folder = joinPath(stateFolder(plan.folder), "claims");
		const { lease } = worker;
		const fence = await openFence(folder, { worker: name, lease }, worker.claims);
		const marks = (worker.claims ? fence : undefined) ?? (await openMarks(folder, worker));
		return new SharedCases(spec, { state: await openState(folder), fence, marks });
	}

	/** What is between workers on `entry`. @param wait true: until it is done, by whomever */
	turnOf(entry: PlannedCase, wait: boolean): CaseTurn {
		const number = this.#numbers.get(entry) ?? 0;
		return {
			share: this.#shareOf(number, wait),
			fence: this.#fence,
			alone: (one, work) => this.#alone(one, number, work),
			unlessDone: (one, work) => this.#unlessDone(one, work),
			isDone: (one) => this.#isDone(one),
		};
	}

	async close(): Promise<void> {
		await this.#fence?.close();
		if (this.#marks !== this.#fence) await this.#marks.close();
	}

	#shareOf(offset: number, wait: boolean): CaseTurn["share"] {
		const { index, count, claims, lease, finish, since, only } = this.#worker;
		const base = { offset, lease, finish, since, others: claims, wait, closesOnly: only === "finish" };
		const cases = this.#plan.cases.length;
		if (isMany(cases, count) && !claims) return { ...base, index: 0, count: 1, workers: 1 };
		return { ...base, index, count, workers: unitWorkers(cases, count) };
	}

	async #alone(one: Checked, number: number, work: () => Promise<CaseOutcome>): Promise<CaseOutcome> {
		const { index, count, claims, only } = this.#worker;
		if (only === "finish") throw new NnvolError("RUN", "no worker has done it; run the workers again");
		if (!claims && number % count !== index) return outcome("other");
		const name = this.#nameOf(one);
		const claim = await this.#marks.take(`case-${name}`);
		if (claim === undefined) return outcome("busy");
		try {
			if (await this.#isDone(one)) return outcome("elsewhere");
			await this.#requireAlive(name, claim.deaths);
			return await work();
		} finally {
			await claim.release();
		}
	}

	/** @throws RUN for a case under which workers died again and again */
	async #requireAlive(name: string, deaths: number): Promise<void> {
		const key = `given-up-${name}.txt`;
		const known = await this.#state.read(key);
		const isKnown = known !== undefined && known.trim() >= this.#worker.since;
		if (deaths < MOST_DEATHS && !isKnown) return;
		if (!isKnown) await this.#state.write(key, `${new Date().toISOString()}\n`);
		throw new NnvolError(
			"RUN",
			`${MOST_DEATHS} workers died while they did this case (out of memory? a faulty driver?); it is given up. Fewer workers or --stream take less memory`,
		);
	}

	#unlessDone<T>(one: Checked, work: () => Promise<T>): Promise<T | "elsewhere"> {
		const close = async () => ((await this.#isDone(one)) ? "elsewhere" : work());
		return within(this.#fence, `close-${this.#nameOf(one)}`, close, this.#signal);
	}

	#isDone({ entry, inputs }: Checked): Promise<boolean> {
		return isDoneByNow(this.#ledger, entry.output, this.#plan.hash, inputs);
	}

	#nameOf({ entry }: Checked): string {
		return hashOf(recordName(this.#ledger, entry.output)).slice(0, 16);
	}
}

/** What is shared, and by whom. */
export type SharedCasesSpec = {
	readonly plan: Plan;
	readonly ledger: Ledger;
	readonly worker: WorkerShare;
	/** This process, in claims. */
	readonly name: string;
	readonly signal?: AbortSignal | undefined;
};

function outcome(state: CaseOutcome["state"]): CaseOutcome {
	return { state, notes: [], timing: { read: 0, preprocess: 0, network: 0, export: 0, write: 0 } };
}
