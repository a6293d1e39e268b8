// Signs somebody in: by password, with a code where one is asked for, or at a provider, from which the browser comes back here.
"use strict";

const line = document.getElementById("line");

async function ask(method, path, body) {
  const headers = body ? { "content-type": "application/json" } : {};
  const answer = await fetch(path, { method, headers, body: body && JSON.stringify(body) });
  const json = await answer.json();
  if (!answer.ok) throw new Error(json.errors[0].detail);
  return json;
}

// Shows the form for the next step, if there is one.
async function show(step) {
  for (const form of document.forms) form.hidden = form.id !== step;
  line.textContent = "";
  if (step === "signed_in" || step === "linked") {
    const { user } = await ask("GET", "/api/v1/me");
    document.forms.signed_in.hidden = false;
    line.textContent = `You are signed in as ${user.login}.`;
  }
}

const session = "/api/private/session";
const steps = {
  begin: (given) => ask("POST", session, given),
  second_factor_required: (given) => ask("POST", `${session}/second_factor`, given),
  password_change_required: (given) => ask("PUT", `${session}/password`, given),
  signup_required: (given) =>
    ask("POST", `${session}/signup`, { signup: { email: given.email, invitation: given.invitation || null } }),
  signed_in: async () => (await ask("DELETE", session), { status: "begin" }),
};

// Does something, goes on to the step that follows, and says what is wrong if it cannot be done.
async function attempt(deed) {
  try {
    const { status } = await deed();
    await show(status ?? "signed_in");
  } catch (error) {
    line.textContent = error.message;
  }
}

for (const form of document.forms) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    attempt(() => steps[form.id](Object.fromEntries(new FormData(form))));
  });
}

for (const button of document.querySelectorAll("[data-provider]")) {
  button.addEventListener("click", async () => {
    try {
      const name = encodeURIComponent(button.dataset.provider);
      location.assign((await ask("POST", `${session}/begin?provider=${name}`)).url);
    } catch (error) {
      line.textContent = error.message;
    }
  });
}

const back = new URLSearchParams(location.search);
show("begin");
if (back.has("state")) {
  // Neither code nor state stays in the address or in the history.
  history.replaceState(null, "", "/sign-in");
  if (back.has("code")) {
    attempt(() => ask("POST", `${session}/authorize`, { code: back.get("code"), state: back.get("state") }));
  } else {
    line.textContent = "The provider did not sign you in; try again, or another way.";
  }
}
