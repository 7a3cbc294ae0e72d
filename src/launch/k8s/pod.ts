/**
 * The pod that workers and the finishing job run in, as an object of the API (core/v1 PodTemplateSpec).
 *
 * It asks for nothing that the strictest of Kubernetes' pod security standards refuses. The image's entry point has to be
 * `nnvol` behind an init that passes signals on (docker/ has both), since only arguments are given.
 *
 * @module
 */
import { type ManifestSettings, SCRATCH_PATH } from "./settings.ts";

/** The container's name, which failure policies refer to. */
export const CONTAINER = "nnvol";

/** A pod that runs `nnvol` with `args`, with `gpus` cards. */
export function podTemplate(settings: ManifestSettings, args: readonly string[], gpus: number): object {
	const { serviceAccount, nodeSelector, grace, user } = settings;
	return {
		metadata: { labels: labelsOf(settings) },
		spec: {
			restartPolicy: "Never",
			terminationGracePeriodSeconds: grace,
			// workers talk to the object store or the volume, never to the cluster
			automountServiceAccountToken: serviceAccount !== undefined,
			...(serviceAccount === undefined ? {} : { serviceAccountName: serviceAccount }),
			...(Object.keys(nodeSelector).length === 0 ? {} : { nodeSelector }),
			...(gpus === 0 ? {} : { tolerations: [{ key: "nvidia.com/gpu", operator: "Exists", effect: "NoSchedule" }] }),
			securityContext: {
				runAsNonRoot: true,
				runAsUser: user.uid,
				runAsGroup: user.gid,
				fsGroup: user.gid,
				fsGroupChangePolicy: "OnRootMismatch",
				seccompProfile: { type: "RuntimeDefault" },
			},
			containers: [container(settings, args, gpus)],
			...volumesOf(settings),
		},
	};
}

/** Labels of everything that belongs to one run. */
export function labelsOf({ name }: ManifestSettings): Readonly<Record<string, string>> {
	return { "app.kubernetes.io/name": "nnvol", "app.kubernetes.io/instance": name };
}

function container(settings: ManifestSettings, args: readonly string[], gpus: number): object {
	const { image, cpu, memory, secrets, scratch } = settings;
	const cards = gpus === 0 ? {} : { "nvidia.com/gpu": gpus };
	const env = { ...settings.env, ...(scratch === undefined ? {} : { NNVOL_SCRATCH: SCRATCH_PATH }) };
	const variables = Object.entries(env).map(([name, value]) => ({ name, value: literal(value) }));
	const mounts = mountsOf(settings);
	return {
		name: CONTAINER,
		image,
		args: args.map(literal),
		...(variables.length === 0 ? {} : { env: variables }),
		...(secrets.length === 0 ? {} : { envFrom: secrets.map((name) => ({ secretRef: { name } })) }),
		// no limit of cores: --threads keeps to them, and a limit would stop the process in bursts
		resources: { requests: { cpu, memory, ...cards }, limits: { memory, ...cards } },
		securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
		...(mounts.length === 0 ? {} : { volumeMounts: mounts }),
	};
}

/** `$(NAME)` would become the value of a variable, and `$$` a dollar. */
function literal(text: string): string {
	return text.replaceAll("$", "$$$$");
}

function mountsOf({ mounts, scratch }: ManifestSettings): readonly object[] {
	return [
		...mounts.map(({ claim, path, readOnly }) => ({
			name: volumeName(mounts, claim),
			mountPath: path,
			...(readOnly ? { readOnly } : {}),
		})),
		...(scratch === undefined ? [] : [{ name: "scratch", mountPath: SCRATCH_PATH }]),
	];
}

function volumesOf({ mounts, scratch }: ManifestSettings): { readonly volumes?: readonly object[] } {
	const claims = [...new Set(mounts.map(({ claim }) => claim))];
	const volumes = [
		...claims.map((claimName) => ({
			name: volumeName(mounts, claimName),
			persistentVolumeClaim: { claimName },
		})),
		...(scratch === undefined ? [] : [{ name: "scratch", emptyDir: { sizeLimit: scratch } }]),
	];
	return volumes.length === 0 ? {} : { volumes };
}

/** Names of claims may be longer than names of volumes, so these are counted. */
function volumeName(mounts: ManifestSettings["mounts"], claim: string): string {
	return `data-${[...new Set(mounts.map((mount) => mount.claim))].indexOf(claim)}`;
}
