"""A mail server that can say no."""

from aiosmtpd.handlers import Mailbox
from aiosmtpd.smtp import AuthResult


class Picky(Mailbox):
    async def handle_EHLO(self, server, session, envelope, hostname):
        session.host_name = hostname
        return "250 HELP" if hostname == "registry.example" else "550 who are you?"

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("nobody@"):
            return f"550 5.1.1 <{address}>: unknown here"
        if address.startswith("later@"):
            return f"450 4.2.0 {address} is greylisted"
        envelope.rcpt_tos.append(address)
        return "250 OK"


class Guarded(Mailbox):
    async def auth_PLAIN(self, server, args):
        return AuthResult(success=args[1] == "AGZlcnJpcwBzZWNyZXQ=", handled=False)

    async def handle_MAIL(self, server, session, envelope, address, options):
        if not session.authenticated:
            return "530 5.7.0 authentication required"
        envelope.mail_from = address
        return "250 OK"
