/**
 * `nnvol k8s manifest`: prints the jobs that carry a plan out on Kubernetes.
 *
 * @module
 */
import { NnvolError } from "../../core/errors.ts";
import { manifestText } from "../../launch/k8s/manifest.ts";
import type { ClaimMount } from "../../launch/k8s/settings.ts";
import { unseenPaths } from "../../launch/k8s/unseen-paths.ts";
import { readJob } from "../../run/job.ts";
import { isRemote } from "../../volume/stores/location.ts";

/** Options of `k8s manifest`, as the parser gives them. */
export type ManifestFlags = {
	readonly plan: string;
	readonly image: string;
	readonly tasks: string;
	readonly parallelism?: string;
	readonly name: string;
	readonly namespace?: string;
	readonly gpus: string;
	readonly cpu: string;
	readonly memory: string;
	readonly scratch?: string;
	readonly pvc?: readonly string[];
	readonly secret?: readonly string[];
	readonly env?: readonly string[];
	readonly serviceAccount?: string;
	readonly nodeSelector?: readonly string[];
	readonly user: string;
	readonly retries: string;
	readonly grace: string;
	readonly claims?: boolean;
};

/** Prints the manifest. @throws CONFIG where a cluster would refuse it */
export async function runManifest(flags: ManifestFlags): Promise<number> {
	const { namespace, scratch, serviceAccount } = flags;
	const tasks = wholeOption("--tasks", flags.tasks);
	const text = await manifestText({
		plan: flags.plan,
		image: flags.image,
		tasks,
		parallelism: flags.parallelism === undefined ? tasks : wholeOption("--parallelism", flags.parallelism),
		name: flags.name,
		...(namespace === undefined ? {} : { namespace }),
		gpus: wholeOption("--gpus", flags.gpus),
		cpu: flags.cpu,
		memory: flags.memory,
		...(scratch === undefined ? {} : { scratch }),
		mounts: (flags.pvc ?? []).map(mountOf),
		secrets: flags.secret ?? [],
		env: pairsOf("--env", flags.env),
		...(serviceAccount === undefined ? {} : { serviceAccount }),
		nodeSelector: pairsOf("--node-selector", flags.nodeSelector),
		user: userOf(flags.user),
		retries: wholeOption("--retries", flags.retries),
		grace: wholeOption("--grace", flags.grace),
		claims: flags.claims === true,
	});
	process.stdout.write(text);
	await warnOfUnseen(flags);
	return 0;
}

/** Paths that are told. */
const SHOWN = 5;

/** Says what pods would not find, where the plan can be read here. */
async function warnOfUnseen({ plan, pvc = [] }: ManifestFlags): Promise<void> {
	if (isRemote(plan)) return;
	const job = await readJob(plan).catch(() => undefined); // pods may see it all the same
	if (job === undefined) return;
	const unseen = unseenPaths(job, pvc.map(mountOf));
	for (const { path, why } of unseen.slice(0, SHOWN))
		process.stderr.write(`warning: the plan names ${path}, which ${why}\n`);
	if (unseen.length > SHOWN) process.stderr.write(`warning: and ${unseen.length - SHOWN} more paths like these\n`);
}

function wholeOption(option: string, text: string): number {
	if (/^\d{1,15}$/.test(text)) return Number(text);
	throw new NnvolError("CONFIG", `${option} ${text}: expected a whole number`);
}

/** `CLAIM:/PATH`, `CLAIM:/PATH:ro`. */
function mountOf(text: string): ClaimMount {
	const [, claim, path, readOnly] = /^([^:]+):(\/[^:]*)(:ro)?$/.exec(text) ?? [];
	if (claim !== undefined && path !== undefined) return { claim, path, readOnly: readOnly !== undefined };
	throw new NnvolError("CONFIG", `--pvc ${text}: expected CLAIM:/PATH or CLAIM:/PATH:ro`);
}

/** `UID` or `UID:GID`; the group is the user's number where it is left out. */
function userOf(text: string): { readonly uid: number; readonly gid: number } {
	const [, uid, gid] = /^(\d{1,15})(?::(\d{1,15}))?$/.exec(text) ?? [];
	if (uid !== undefined) return { uid: Number(uid), gid: Number(gid ?? uid) };
	throw new NnvolError("CONFIG", `--user ${text}: expected UID:GID, such as 1000:1000`);
}

function pairsOf(option: string, texts: readonly string[] = []): Readonly<Record<string, string>> {
	return Object.fromEntries(
		texts.map((text) => {
			const at = text.indexOf("=");
			if (at < 1) throw new NnvolError("CONFIG", `${option} ${text}: expected NAME=VALUE`);
			return [text.slice(0, at), text.slice(at + 1)] as const;
		}),
	);
}
