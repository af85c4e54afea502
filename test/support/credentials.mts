import type {
	ICredentialDataDecryptedObject,
	ICredentials,
	ICredentialType,
	IHttpRequestOptions,
	INodeCredentialsDetails,
	INodeParameters,
	INodeProperties,
	IRequestOptionsSimplified,
	IWorkflowExecuteAdditionalData,
} from 'n8n-workflow';
import { ICredentialsHelper, NodeHelpers } from 'n8n-workflow';

/**
 * n8n's credentials helper for one stored credential: reading it fills in the defaults of its type, and
 * `authenticate` is the type's own function (`packages/cli/src/credentials-helper.ts` in n8n 2.41).
 */
export class OneCredential extends ICredentialsHelper {
	/** How often the credential was decrypted. */
	reads = 0;

	constructor(
		private readonly type: ICredentialType,
		private readonly data: ICredentialDataDecryptedObject,
	) {
		super();
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
		type: string,
	): Promise<ICredentialDataDecryptedObject> {
		this.reads++;
		// n8n hands out a new object each time.
		const stored = structuredClone(this.data) as INodeParameters;
		const data = NodeHelpers.getNodeParameters(this.propertiesOf(type), stored, true, false, null, null);
		return { ...data } as ICredentialDataDecryptedObject;
	}

	async authenticate(
		credentials: ICredentialDataDecryptedObject,
		_type: string,
		request: IHttpRequestOptions | IRequestOptionsSimplified,
	): Promise<IHttpRequestOptions> {
		if (typeof this.type.authenticate !== 'function')
			throw new Error('Only functions are supported as `authenticate`');
		return await this.type.authenticate(credentials, request as IHttpRequestOptions);
	}

	async preAuthentication(): Promise<undefined> {
		return undefined;
	}

	async runPreAuthentication(): Promise<undefined> {
		return undefined;
	}

	getCredentialsProperties(type: string): INodeProperties[] {
		return this.propertiesOf(type);
	}

	async getCredentials(): Promise<ICredentials> {
		throw new Error('The stored form of a credential is not available in tests');
	}

	async updateCredentials(): Promise<void> {
		throw new Error('A test credential is never changed');
	}

	async updateCredentialsOauthTokenData(): Promise<void> {
		throw new Error('A test credential is never changed');
	}

	private propertiesOf(type: string): INodeProperties[] {
		if (type !== this.type.name) throw new Error(`Credentials of type "${type}" are not known`);
		return this.type.properties;
	}
}
