# SPDX-License-Identifier: Apache-2.0
"""In and out: by password, with a second factor, by a provider, by a first link.

The views are django-allauth's; only those that the portal offers have an address, and
a form that is not good is answered with 422.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from allauth.account import views as account
from allauth.mfa.base import views as factor
from allauth.mfa.recovery_codes import views as codes
from allauth.mfa.totp import views as totp
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from django.conf import settings as django
from django.contrib import messages
from django.contrib.auth import logout as end_login
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse, set_script_prefix
from django.utils import translation
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from ceyuan.office.logins import PROVIDER
from ceyuan.office.logins_given import note, set_password
from ceyuan.web.accounts import must_have_factor, standing_of, user_of_link
from ceyuan.web.asking import KEPT
from ceyuan.web.demo import PASSWORD, shown
from ceyuan.web.login_forms import FirstPassword
from ceyuan.web.login_settings import LINK_HOURS
from ceyuan.web.middleware import ENGLISH
from ceyuan.web.opened import memory
from ceyuan.web.pages.home import safe_next
from ceyuan.web.words import later

if TYPE_CHECKING:
    from django.http import HttpRequest


class Answered:
    """A view whose form, where it is not good, is answered with 422."""

    def form_invalid(self, form: Any) -> HttpResponse:
        """Show what to mend."""
        response: HttpResponse = super().form_invalid(form)  # type: ignore[misc]
        response.status_code = 422
        return response


class Login(Answered, account.LoginView):
    """In, by name and password."""

    def get_context_data(self, **said: Any) -> dict[str, Any]:
        """Return what the page shows beside the form."""
        target = self.request.POST.get("next") or self.request.GET.get("next", "")
        return {
            **super().get_context_data(**said),
            "next": safe_next(self.request, target) if target else "",
            "provider": django.CEYUAN.oidc_name if django.CEYUAN.oidc_issuer else "",
            "is_kept": KEPT in self.request.session,
            "demo": shown(),
            "demo_password": PASSWORD,
        }


class Password(Answered, account.PasswordChangeView):
    """Another password; the other sessions end."""

    def dispatch(self, request: HttpRequest, *args: Any, **said: Any) -> HttpResponse:
        """Lead away whoever has no password: the provider knows his."""
        user = request.user
        if user.is_authenticated and not user.has_usable_password():
            return redirect("account")
        return super().dispatch(request, *args, **said)

    def form_valid(self, form: Any) -> HttpResponse:
        """Keep it, and that it was changed."""
        response = super().form_valid(form)
        _noted(self.request, "password")
        return response


class Reauthenticate(Answered, account.ReauthenticateView):
    """The password once more, before a way in is changed."""


class Authenticate(Answered, factor.AuthenticateView):
    """A code, at the login."""


class ReauthenticateByCode(Answered, factor.ReauthenticateView):
    """A code once more, before a way in is changed."""


class Activate(Answered, totp.ActivateTOTPView):
    """A second factor."""

    def get_context_data(self, **said: Any) -> dict[str, Any]:
        """Return the secret as it is drawn and as it is typed."""
        found = super().get_context_data(**said)
        secret = found["form"].secret
        standing = standing_of(self.request.user.get_username())
        found["secret"] = [secret[at : at + 4] for at in range(0, len(secret), 4)]
        found["is_needed"] = standing is not None and must_have_factor(standing)
        return found

    def form_valid(self, form: Any) -> HttpResponse:
        """Keep it, and that it is there."""
        response = super().form_valid(form)
        _noted(self.request, "factor")
        return response


class Deactivate(Answered, totp.DeactivateTOTPView):
    """No second factor any more, where no role asks for one."""

    def form_valid(self, form: Any) -> HttpResponse:
        """Take it off, and keep that it was."""
        response = super().form_valid(form)
        _noted(self.request, "factor_off")
        return response


class Codes(codes.GenerateRecoveryCodesView):
    """New recovery codes; the old ones are void."""

    def form_valid(self, form: Any) -> HttpResponse:
        """Make them, and keep that they were made."""
        response = super().form_valid(form)
        _noted(self.request, "codes")
        return response


def _noted(request: HttpRequest, verb: str) -> None:
    name = request.user.get_username()
    with memory(name).transaction() as conn:
        note(conn, name, f"login.{verb}", name)


@never_cache
@sensitive_post_parameters("password1", "password2")
def first(request: HttpRequest, uid: str, token: str) -> HttpResponse:
    """Let a user set his password by the link that an administrator gave him."""
    user = user_of_link(uid, token)
    if user is None:
        return render(request, "account/link_over.html", {}, status=410)
    form = FirstPassword.of(request, user=user)
    if request.method == "POST" and form.is_valid():
        user.set_password(form.cleaned_data["password1"])
        name = user.get_username()
        set_password(memory(name), name, user.password, verb="password_by_link")
        end_login(request)
        messages.success(request, later("account.first_done"))
        return redirect("account_login")
    said = {"form": form, "user": user, "hours": LINK_HOURS}
    return render(
        request, "account/first.html", said, status=422 if form.errors else 200
    )


@login_required
def again(request: HttpRequest) -> HttpResponse:
    """Let whoever has no password of ours log in anew, to show who he is."""
    target = safe_next(request, request.GET.get("next", ""))
    if request.method == "POST":
        end_login(request)
        return redirect(f"{reverse('account_login')}?next={target}")
    return render(request, "account/again.html", {"next": target})


@require_POST
def oidc(request: HttpRequest) -> HttpResponse:
    """Lead to the provider."""
    try:
        provider = get_adapter().get_provider(request, provider=PROVIDER)
        target = safe_next(request, request.POST.get("next") or reverse("home"))
        return provider.redirect(request, "login", target)
    except SocialApp.DoesNotExist as error:
        raise Http404 from error
    except OAuth2Error as error:
        return not_provided(request, str(error), {})


def oidc_back(request: HttpRequest) -> HttpResponse:
    """Take in whoever comes back from the provider."""
    from ceyuan.web.provided import Checked

    try:
        adapter = Checked(request, PROVIDER)
        return OAuth2CallbackView.adapter_view(adapter)(request)
    except SocialApp.DoesNotExist as error:
        raise Http404 from error


def stranger(
    request: HttpRequest, name: str, state: dict[str, Any] | None = None
) -> HttpResponse:
    """Say whom to ask to somebody whom a provider knows and the office does not."""
    _speak(request, state or {})
    return render(request, "socialaccount/stranger.html", {"name": name}, status=403)


def not_provided(
    request: HttpRequest, error: str, state: dict[str, Any]
) -> HttpResponse:
    """Say that a login by the provider did not come about."""
    _speak(request, state)
    said = {"is_cancelled": error == "cancelled"}
    return render(request, "socialaccount/failed.html", said, status=401)


def _speak(request: HttpRequest, state: dict[str, Any]) -> None:
    """Go on in the language that the login began in: the provider knows one address."""
    if str(state.get("next") or "").startswith(f"{ENGLISH}/"):
        request.locale = "en"
        set_script_prefix(f"{ENGLISH}/")
        translation.activate("en")


def index(request: HttpRequest) -> HttpResponse:
    """Lead to where the second factor stands."""
    return redirect(f"{reverse('account')}#factor")


urls = [
    path("account/login/", Login.as_view(), name="account_login"),
    path("account/logout/", account.logout, name="account_logout"),
    path("account/first/<str:uid>/<str:token>", first, name="account_first"),
    path("account/password/", Password.as_view(), name="account_change_password"),
    path(
        "account/reauthenticate/",
        Reauthenticate.as_view(),
        name="account_reauthenticate",
    ),
    path("account/again/", again, name="login_again"),
    path("account/code/", Authenticate.as_view(), name="mfa_authenticate"),
    path(
        "account/code/again/", ReauthenticateByCode.as_view(), name="mfa_reauthenticate"
    ),
    path("account/factor/", index, name="mfa_index"),
    path("account/factor/on/", Activate.as_view(), name="mfa_activate_totp"),
    path("account/factor/off/", Deactivate.as_view(), name="mfa_deactivate_totp"),
    path("account/codes/", codes.view_recovery_codes, name="mfa_view_recovery_codes"),
    path("account/codes/new/", Codes.as_view(), name="mfa_generate_recovery_codes"),
    path(
        "account/codes/file/",
        codes.download_recovery_codes,
        name="mfa_download_recovery_codes",
    ),
    path("account/oidc/", oidc, name="oidc_login"),
    path("account/oidc/back/", oidc_back, name="oidc_callback"),
]
