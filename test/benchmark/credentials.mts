import type { Cipher, Credentials } from 'n8n-core';
import type {
	ICredentialDataDecryptedObject,
	ICredentials,
	ICredentialsExpressionResolveValues,
	ICredentialType,
	IExecuteData,
	IHttpRequestOptions,
	INodeCredentialsDetails,
	INodeParameters,
	INodeProperties,
	IRequestOptionsSimplified,
	IWorkflowExecuteAdditionalData,
	WorkflowExecuteMode,
} from 'n8n-workflow';
import { core, load, workflow } from './n8n.mts';

interface Container {
	get<T>(type: new (...args: never[]) => T): T;
}

const { Container } = load('@n8n/di') as { Container: Container };

/**
 * n8n's credentials helper for one stored credential. As in n8n 2.41 (`credentials-helper.ts`), each read decrypts with
 * n8n's cipher, fills in the defaults of the type and resolves expressions. The database query of each read is missing, so
 * nodes that read the credential for every request are faster here than in n8n.
 */
export class StoredCredential extends workflow.ICredentialsHelper {
	readonly #type: ICredentialType;
	readonly #stored: Credentials;

	private constructor(type: ICredentialType, stored: Credentials) {
		super();
		this.#type = type;
		this.#stored = stored;
	}

	/** Encrypts the credential with the instance key, as n8n does by default. */
	static async store(type: ICredentialType, data: ICredentialDataDecryptedObject): Promise<StoredCredential> {
		const cipher = Container.get<Cipher>(core.Cipher);
		const { encryptionKey } = Container.get(core.InstanceSettings);
		const key = {
			id: 'benchmark',
			value: cipher.encryptDEKWithInstanceKey(encryptionKey),
			algorithm: 'aes-256-cbc' as const,
			format: 'no-prefix' as const,
		};
		Container.get(core.EncryptionKeyProxy).setProvider({
			getActiveKey: async () => key,
			getKeyById: async () => null,
			getLegacyKey: async () => key,
		});
		const stored = new core.Credentials({ id: 'benchmark', name: 'Benchmark' }, type.name);
		await stored.setData(data);
		return new StoredCredential(type, stored);
	}

	getParentTypes(): string[] {
		return [];
	}

	isCredentialUsableByNode(): boolean {
		return true;
	}

	async getDecrypted(
		_additionalData: IWorkflowExecuteAdditionalData,
		_details: INodeCredentialsDetails,
		_type: string,
		mode: WorkflowExecuteMode,
		executeData?: IExecuteData,
		_raw?: boolean,
		resolve?: ICredentialsExpressionResolveValues,
	): Promise<ICredentialDataDecryptedObject> {
		const { id, name, type, data } = this.#stored;
		const credential = new core.Credentials({ id: id ?? null, name }, type, data);
		const stored = (await credential.getData()) as INodeParameters;
		const { properties } = this.#type;
		const filled = workflow.NodeHelpers.getNodeParameters(properties, stored, true, false, null, null) ?? {};
		if (resolve === undefined) return filled as ICredentialDataDecryptedObject;
		return resolve.workflow.expression.getParameterValue(
			filled,
			resolve.runExecutionData,
			resolve.runIndex,
			resolve.itemIndex,
			resolve.node.name,
			resolve.connectionInputData,
			mode,
			{},
			executeData,
			false,
			filled,
		) as ICredentialDataDecryptedObject;
	}

	async authenticate(
		credentials: ICredentialDataDecryptedObject,
		_type: string,
		request: IHttpRequestOptions | IRequestOptionsSimplified,
	): Promise<IHttpRequestOptions> {
		if (typeof this.#type.authenticate !== 'function') throw new Error('`authenticate` is not a function');
		return await this.#type.authenticate(credentials, request as IHttpRequestOptions);
	}

	async preAuthentication(): Promise<undefined> {
		return undefined;
	}

	async runPreAuthentication(): Promise<undefined> {
		return undefined;
	}

	getCredentialsProperties(): INodeProperties[] {
		return this.#type.properties;
	}

	async getCredentials(): Promise<ICredentials> {
		return this.#stored;
	}

	async updateCredentials(): Promise<void> {
		throw new Error('The credential cannot be changed');
	}

	async updateCredentialsOauthTokenData(): Promise<void> {
		throw new Error('The credential cannot be changed');
	}
}
