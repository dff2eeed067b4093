"""Secrets to plant, by what providers say of their forms and how people write them down; no rule was made from these.

`{A36}` stands for 36 letters and digits, `C` capitals and digits, `D` digits, `H` hexadecimal digits, `L` small letters
and digits, `U` the alphabet of Base64 in URLs, `B` that of Base64, `Z` letters; `{uuid}` for a UUID, `{crc}` for the
checksum of GitHub and npm over the thirty characters before it.
"""

import json
import random
import string
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterator
from uuid import UUID

from lading.checks.secrets.checksums import base62_checksum, grafana_checksum

_ALPHABETS = {
    "A": string.ascii_letters + string.digits,
    "B": string.ascii_letters + string.digits + "+/",
    "C": string.ascii_uppercase + string.digits,
    "D": string.digits,
    "H": "0123456789abcdef",
    "L": string.ascii_lowercase + string.digits,
    "U": string.ascii_letters + string.digits + "-_",
    "Z": string.ascii_letters,
    "S": "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567",
}

FORMS = """\
GITHUB_TOKEN=ghp_{A30}{crc}
git clone https://x-access-token:ghs_{A30}{crc}@github.com/lading/ship
"token": "gho_{A30}{crc}"
github_pat_{A22}_{A59}
//registry.npmjs.org/:_authToken=npm_{A30}{crc}
PRIVATE-TOKEN: glpat-{U20}
CI_JOB_TOKEN=glcbt-{A2}_{U20}
runner: glrt-{U20}
deploy gldt-{U20}
trigger token=glptt-{H40}
registration-token GR1348941{U20}
ATLASSIAN_TOKEN: ATATT3xFfGF0{U171}={C8}
bitbucket pass ATBB{A24}{C8}
circle: CCIPAT_{A22}_{H40}
SONAR_TOKEN="squ_{H40}"
sqp_{H40}
buildkite-agent --token bkua_{H40}
password = dckr_pat_{U27}
api_key: rubygems_{H48}
cargo login cio{A32}
nuget setapikey oy2{L43}
CLOJARS_PASSWORD=CLOJARS_{L60}
AWS_ACCESS_KEY_ID=AKIA{S16}
aws_secret_access_key = {B40}
"SecretAccessKey": "{B40}"
  aws_session_token: IQoJb3JpZ2luX2Vj{B200}
DD_API_KEY={H32}
datadog.app_key: {H40}
<add key="DatadogApiKey" value="{H32}"/>
GOOGLE_API_KEY=AIzaSy{U33}
client_secret: GOCSPX-{U28}
refresh_token=1//0{U100}
AZURE_CLIENT_SECRET={A3}8Q~{A34}
DefaultEndpointsProtocol=https;AccountName=ship;AccountKey={B86}==;EndpointSuffix=core.windows.net
Endpoint=sb://ship.servicebus.windows.net/;SharedAccessKeyName=Root;SharedAccessKey={B43}=
do token dop_v1_{H64}
DATABRICKS_TOKEN=dapi{H32}
HEROKU_API_KEY={uuid}
HRKU-AA{U58}
LTAI5t{A18}
aliyun_secret: {A30}
FLY_API_TOKEN=fo1_{U43}
NETLIFY_AUTH_TOKEN=nfp_{A36}
supabase sbp_{H40}
pscale_tkn_{U43}
pscale_pw_{U43}
mongodb+srv://ship:{A16}@cluster0.ab12c.mongodb.net/app
postgres://ship:{A12}@db.lading.dev:5432/app
DATABASE_URL=mysql://root:{A14}@10.0.0.5/shop
redis://:{A20}@cache.lading.dev:6379/0
amqp://ship:{A12}@mq.lading.dev:5672/
https://ship:{A12}@files.lading.dev/pull
VAULT_TOKEN=hvs.{U90}
hvb.{U140}
TF_TOKEN_app_terraform_io={A14}.atlasv1.{U67}
PULUMI_ACCESS_TOKEN=pul-{H40}
DOPPLER_TOKEN=dp.st.prd.{A43}
dp.pt.{A43}
OP_SERVICE_ACCOUNT_TOKEN=ops_eyJ{B400}
tskey-auth-{A17}-{A32}
PMAK-{H24}-{H34}
CLOUDFLARE_API_TOKEN={U40}
cloudflare_api_key = "{H37}"
glc_eyJ{B120}
NEW_RELIC_API_KEY=NRAK-{C27}
NEW_RELIC_LICENSE_KEY=eu01xx{H30}NRAL
SENTRY_AUTH_TOKEN=sntryu_{H64}
dt0c01.{C24}.{C64}
phx_{A43}
sdk-{uuid}
OPENAI_API_KEY=sk-proj-{U74}T3BlbkFJ{U74}
sk-{A20}T3BlbkFJ{A20}
ANTHROPIC_API_KEY=sk-ant-api03-{U93}AA
HF_TOKEN=hf_{Z34}
REPLICATE_API_TOKEN=r8_{A37}
GROQ_API_KEY=gsk_{A52}
pplx-{A48}
XAI_API_KEY=xai-{A80}
OPENROUTER_API_KEY=sk-or-v1-{H64}
nvapi-{U64}
LANGSMITH_API_KEY=lsv2_pt_{H32}_{H10}
MISTRAL_API_KEY={A32}
COHERE_API_KEY={A40}
PINECONE_API_KEY=pcsk_{A5}_{A63}
slack xoxb-{D12}-{D13}-{A24}
SLACK_TOKEN=xoxp-{D12}-{D12}-{D12}-{H32}
xapp-1-A{C10}-{D13}-{H64}
https://hooks.slack.com/services/T{C8}/B{C10}/{A24}
https://discord.com/api/webhooks/{D18}/{U68}
TELEGRAM_BOT_TOKEN={D10}:AA{U33}
SENDGRID_API_KEY=SG.{U22}.{U43}
MAILGUN_API_KEY=key-{H32}
mailchimp {H32}-us14
xkeysib-{H64}-{A16}
RESEND_API_KEY=re_{A8}_{A24}
TWILIO_API_KEY=SK{H32}
TWILIO_AUTH_TOKEN={H32}
STRIPE_SECRET_KEY=sk_live_{A99}
rk_live_{A24}
stripe test sk_test_{A24}
STRIPE_WEBHOOK_SECRET=whsec_{A32}
sq0atp-{U22}
sq0csp-{U43}
access_token$production${L16}${H32}
shpat_{H32}
shpss_{H32}
rzp_live_{A14}
FLWSECK-{H32}-X
access-production-{uuid}
EZAK{A54}
shippo_live_{H40}
duffel_live_{U43}
airtable pat{A14}.{H64}
NOTION_TOKEN=ntn_{D11}{A35}
FIGMA_TOKEN=figd_{U40}
LINEAR_API_KEY=lin_api_{A40}
pat-na1-{uuid}
CFPAT-{U43}
sk.eyJ{U80}.{U22}
OKTA_API_TOKEN=00{U40}
auth0_client_secret: {U64}
SNYK_TOKEN={uuid}
CODECOV_TOKEN={uuid}
JENKINS_API_TOKEN=11{H32}
ALGOLIA_ADMIN_KEY={H32}
FASTLY_API_TOKEN={U32}
LINODE_TOKEN={H64}
HCLOUD_TOKEN={A64}
SCW_SECRET_KEY={uuid}
SECRET_KEY_BASE={H128}
RAILS_MASTER_KEY={H32}
APP_KEY=base64:{B43}=
APP_SECRET={H32}
curl -u ship:{A14} https://api.lading.dev/v1
docker login registry.lading.dev -u ship -p {A18}
sshpass -p {A12} ssh root@lading.dev
Authorization: Bearer {A40}
define('DB_PASSWORD', '{A16}');
lob: live_{H35}
dckr_oat_{U32}
napi_{L64}
ROLLBAR_ACCESS_TOKEN={H32}
POSTMARK_SERVER_TOKEN={uuid}
""".splitlines()


def texts(count: int = 300, seed: int = 4711) -> list[str]:
    """So many lines, each with a secret of its own."""
    chance = random.Random(seed)
    made = _made(chance)
    return [next(made) for _ in range(count)]


def _made(chance: random.Random) -> Iterator[str]:
    while True:
        for form in FORMS:
            yield fill(form, chance)
        yield from (_grafana(chance), _jwt(chance), _registry(chance), _basic(chance))


def fill(form: str, chance: random.Random) -> str:
    """A form with chance characters in it."""
    pieces: list[str] = []
    for number, part in enumerate(form.replace("}", "{").split("{")):
        if not number % 2:
            pieces.append(part)
        elif part == "uuid":
            pieces.append(str(UUID(int=chance.getrandbits(128), version=4)))
        elif part == "crc":
            pieces.append(base62_checksum(pieces[-2 if not pieces[-1] else -1].encode()).decode())
        else:
            alphabet = _ALPHABETS[part[0]]
            pieces.append("".join(chance.choice(alphabet) for _ in range(int(part[1:]))))
    return "".join(pieces)


def _grafana(chance: random.Random) -> str:
    text = fill("glsa_{A32}", chance)
    return f"GRAFANA_TOKEN={text}_{grafana_checksum(text.encode()).decode()}"


def _jwt(chance: random.Random) -> str:
    parts = ({"alg": "HS256", "typ": "JWT"}, {"sub": fill("{A12}", chance), "exp": 1_900_000_000})
    head = [urlsafe_b64encode(json.dumps(one).encode()).decode().rstrip("=") for one in parts]
    return f"jwt={'.'.join([*head, fill('{U43}', chance)])}"


def _registry(chance: random.Random) -> str:
    inner = b64encode(fill("ship:{A16}", chance).encode()).decode()
    return json.dumps({"auths": {"registry.lading.dev": {"auth": inner}}})


def _basic(chance: random.Random) -> str:
    return "Authorization: Basic " + b64encode(fill("ship:{A16}", chance).encode()).decode()
