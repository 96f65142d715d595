// An identity provider on the loopback interface; prints its port. Every login succeeds: the name
// that is entered is the user, and the groups are those after the first `+`, with `+` between.
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const require = createRequire(pathToFileURL(process.argv[2] + '/'));
const { Provider } = await import(pathToFileURL(require.resolve('oidc-provider')));

const server = createServer((request, response) => handle(request, response));
let handle;
server.listen(0, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: 'worldtree',
        application_type: 'native',
        token_endpoint_auth_method: 'none',
        redirect_uris: ['http://127.0.0.1/api/v1/login/oidc/callback'],
        grant_types: ['authorization_code', 'urn:ietf:params:oauth:grant-type:device_code'],
      },
      {
        client_id: 'secretive',
        client_secret: 'a secret / with + signs',
        application_type: 'native',
        redirect_uris: ['http://127.0.0.1/api/v1/login/oidc/callback'],
      },
      {
        client_id: 'robot',
        client_secret: 'robot-secret',
        redirect_uris: [],
        response_types: [],
        grant_types: ['client_credentials'],
      },
    ],
    claims: { openid: ['sub', 'preferred_username', 'realm'] },
    conformIdTokenClaims: false,
    findAccount: (_context, id) => ({
      accountId: id,
      claims: () => {
        const [name, ...roles] = id.split('+');
        return { sub: id, preferred_username: name, realm: { roles } };
      },
    }),
    features: {
      clientCredentials: { enabled: true },
      deviceFlow: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: (_context, client) => client.clientId === 'robot' ? 'urn:api' : undefined,
        getResourceServerInfo: () => ({
          scope: '', accessTokenFormat: 'jwt', audience: 'worldtree-api', accessTokenTTL: 300,
          jwt: { sign: { alg: 'RS256' } },
        }),
      },
    },
  });
  handle = provider.callback();
  console.log(server.address().port);
});
process.stdin.resume().on('end', () => process.exit(0));
