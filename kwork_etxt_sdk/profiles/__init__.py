"""Profiles: accounts with their settings, in one file that only its owner can read."""

from __future__ import annotations

from kwork_etxt_sdk.profiles.file import (
    CONFIG_VARIABLE,
    ELSEWHERE,
    SECRETS,
    SITES,
    ProfileFile,
    SiteProfile,
    profile_file,
)

__all__ = [
    "CONFIG_VARIABLE",
    "ELSEWHERE",
    "SECRETS",
    "SITES",
    "ProfileFile",
    "SiteProfile",
    "profile_file",
]
