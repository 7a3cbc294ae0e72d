/**
 * What a Kubernetes manifest is made of, and what of it a cluster would refuse.
 *
 * Names and limits are those of the API of batch/v1: pods of an indexed Job are called `NAME-INDEX`, which has to be a DNS
 * label; indexes stop at 100,000, pods at one time at 10,000.
 *
 * @module
 */
import { NnvolError } from "../../core/errors.ts";

/** A volume claim and where pods see it. */
export type ClaimMount = { readonly claim: string; readonly path: string; readonly readOnly: boolean };

/** What a manifest says. Sizes are Kubernetes' own texts, such as `16Gi`. */
export type ManifestSettings = {
	/** The plan, as pods see it: an absolute path, or a URL. */
	readonly plan: string;
	readonly image: string;
	readonly tasks: number;
	/** Pods at one time. */
	readonly parallelism: number;
	readonly name: string;
	readonly namespace?: string;
	readonly gpus: number;
	readonly cpu: string;
	readonly memory: string;
	/** A disk of a pod's own for what is staged. */
	readonly scratch?: string;
	readonly mounts: readonly ClaimMount[];
	/** Secrets whose keys become variables: credentials of an object store. */
	readonly secrets: readonly string[];
	readonly env: Readonly<Record<string, string>>;
	readonly serviceAccount?: string;
	readonly nodeSelector: Readonly<Record<string, string>>;
	/** The user that pods run as. */
	readonly user: { readonly uid: number; readonly gid: number };
	/** How often a task is tried again, disruptions not counted. */
	readonly retries: number;
	/** Seconds between TERM and KILL. */
	readonly grace: number;
	/** True where workers take work by claims as well. */
	readonly claims: boolean;
};

const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const DOMAIN = /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/;
const QUANTITY = /^\d+(\.\d+)?(m|k|Ki|M|Mi|G|Gi|T|Ti|P|Pi)?$/;
const VARIABLE = /^[-._a-zA-Z][-._a-zA-Z0-9]*$/;
const MOST_TASKS = 100_000;
const MOST_PODS = 10_000;
/** Of the 63 letters of a label, `-finish` takes 7; `-99999`, the last pod's, takes fewer. */
const LONGEST_NAME = 56;

/** Refuses what the API would refuse, and what would fail in every pod. @throws CONFIG */
export function checkSettings(settings: ManifestSettings): void {
	checkNumbers(settings);
	checkNames(settings);
	for (const option of ["cpu", "memory", "scratch"] as const) {
		const size = settings[option];
		if (size !== undefined) insist(QUANTITY.test(size), `--${option} ${size}: expected a quantity such as 4 or 16Gi`);
	}
	checkPlaces(settings);
}

function checkNumbers({ tasks, parallelism, gpus, retries, grace, user }: ManifestSettings): void {
	between("--tasks", tasks, 1, MOST_TASKS);
	between("--parallelism", parallelism, 1, MOST_PODS);
	insist(
		gpus === 0 || gpus === 1,
		`--gpus ${gpus}: a worker uses one card, so a pod gets 0 or 1; ask for more --tasks`,
	);
	between("--retries", retries, 0, 1_000_000);
	between("--grace", grace, 1, 86_400);
	between("--user", user.uid, 1, 2 ** 31 - 1);
	between("--user", user.gid, 0, 2 ** 31 - 1);
}

function between(option: string, value: number, least: number, most: number): void {
	insist(
		Number.isInteger(value) && value >= least && value <= most,
		`${option} ${value}: expected a whole number from ${least} to ${most}`,
	);
}

function checkNames({ name, namespace, mounts, secrets, serviceAccount, env, image }: ManifestSettings): void {
	insist(
		LABEL.test(name) && name.length <= LONGEST_NAME,
		`--name ${name}: expected at most ${LONGEST_NAME} of a-z, 0-9 and -, with a letter or digit at both ends`,
	);
	if (namespace !== undefined) insist(isLabel(namespace), `--namespace ${namespace}: expected a-z, 0-9 and -`);
	for (const secret of secrets) insist(isDomain(secret), `--secret ${secret}: not the name of a secret`);
	for (const { claim } of mounts) insist(isDomain(claim), `--pvc ${claim}: not the name of a volume claim`);
	if (serviceAccount !== undefined) {
		insist(isDomain(serviceAccount), `--service-account ${serviceAccount}: not the name of a service account`);
	}
	for (const key of Object.keys(env)) insist(VARIABLE.test(key), `--env ${key}: not the name of a variable`);
	insist(/^\S+$/.test(image), `--image ${JSON.stringify(image)}: expected an image such as registry/nnvol:0.1.0`);
}

function isLabel(text: string): boolean {
	return LABEL.test(text) && text.length <= 63;
}

function isDomain(text: string): boolean {
	return DOMAIN.test(text) && text.length <= 253;
}

/** Pods see mounted claims and URLs, nothing of the machine that this runs on. */
function checkPlaces({ plan, mounts, scratch }: ManifestSettings): void {
	const paths = [...mounts.map(({ path }) => path), ...(scratch === undefined ? [] : [SCRATCH_PATH])];
	for (const path of paths) {
		insist(/^\/[^:]+$/.test(path), `--pvc: ${path} is no absolute path; expected CLAIM:/PATH or CLAIM:/PATH:ro`);
		insist(paths.filter((other) => other === path).length === 1, `--pvc: two volumes at ${path}; give each its own`);
	}
	if (isUrl(plan)) return;
	insist(
		plan.startsWith("/"),
		`--plan ${plan}: pods see URLs and absolute paths below a --pvc; write it as they see it`,
	);
	insist(
		mounts.some(({ path }) => `${plan}/`.startsWith(`${path.replace(/\/+$/, "")}/`)),
		`--plan ${plan}: lies below no --pvc, so pods do not see it; mount its volume (--pvc CLAIM:/PATH), or put it at s3:// or gs://`,
	);
}

/** True for s3://, gs:// and the like. */
function isUrl(place: string): boolean {
	return /^[a-z][a-z\d+.-]+:\/\//i.test(place);
}

/** Where `scratch` is mounted. */
export const SCRATCH_PATH = "/scratch";

function insist(holds: boolean, message: string): void {
	if (!holds) throw new NnvolError("CONFIG", message);
}
