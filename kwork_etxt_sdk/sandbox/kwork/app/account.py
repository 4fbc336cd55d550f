"""The account, other users, notifications."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

from kwork_etxt_sdk.sandbox.kwork.app.catalogue import REVIEWS_PER_PAGE, review_kind
from kwork_etxt_sdk.sandbox.kwork.app.envelope import cut, enveloped, listed
from kwork_etxt_sdk.sandbox.kwork.app.registry import answers, invalid
from kwork_etxt_sdk.sandbox.kwork.app.rows import badge_rows, html_text, picture, profile_kwork_row, review_row
from kwork_etxt_sdk.sandbox.kwork.catalogue import ACTIVE, HIDDEN
from kwork_etxt_sdk.sandbox.kwork.news import KWORK, MESSAGE, ORDER, SYSTEM, WANT, unread_notices, waiting_pushes
from kwork_etxt_sdk.sandbox.kwork.profile import change_settings, channel_of, masked_phone
from kwork_etxt_sdk.sandbox.kwork.reviews import kind_of, reviews_of_member
from kwork_etxt_sdk.sandbox.kwork.talk import archived_count, may_write, unread_dialogs, unread_messages

if TYPE_CHECKING:
    from kwork_etxt_sdk.sandbox.kwork.app.given import Given
    from kwork_etxt_sdk.sandbox.kwork.app.registry import Row
    from kwork_etxt_sdk.sandbox.kwork.market import Market
    from kwork_etxt_sdk.sandbox.kwork.news import Notice, Push
    from kwork_etxt_sdk.sandbox.kwork.people import Member

PUSHES_PER_PAGE = 20
MOSCOW = timezone(timedelta(hours=3))
_USERNAME, _EMAIL = re.compile(r"[A-Za-z][\w-]{2,24}"), re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
GROUPS = {
    MESSAGE: ("Сообщения", False, "inbox"),
    ORDER: ("Заказы", True, "order"),
    WANT: ("Биржа", False, "want"),
    KWORK: ("Кворки", False, "kwork"),
    SYSTEM: ("Новости сервиса", False, "simple"),
}
"""Kinds of notifications: name, whether it is important, what it is about; the most urgent kind first."""
NUMBER_SETTINGS = ("timezoneId", "countryId", "cityId", "workHoursFrom", "workHoursTo")
TEXT_SETTINGS = ("username", "fullname", "email", "details", "profession")


@answers("actor")
def get_actor(market: Market, _given: Given) -> Row:
    """The account, with its money and counters. The rating is a text."""
    actor, person = market.actor, market.actor.member
    own = [kwork.status_id for kwork in market.own_kworks.values()]
    response = {
        "id": actor.id,
        "username": actor.username,
        "status": "active",
        "email": actor.email,
        "type": "worker",
        "verified": True,
        "profilepicture": picture(person.avatar),
        "description": html_text(actor.about),
        "slogan": "",
        "fullname": actor.fullname,
        "level_description": person.level,
        "cover": "",
        "good_reviews": person.good_reviews,
        "bad_reviews": person.bad_reviews,
        "location": person.city,
        "rating": rating_text(person),
        "rating_count": person.reviews_count,
        "hold_amount": actor.hold_amount,
        "free_amount": actor.free_amount,
        "currency": "₽",
        "inbox_archive_count": archived_count(market),
        "unread_dialog_count": unread_dialogs(market),
        "notify_unread_count": len(unread_notices(market)),
        "red_notify": _has_red(market),
        "warning_inbox_count": 0,
        "app_notify_count": sum(notice.kind not in (WANT, KWORK) for notice in unread_notices(market)),
        "unread_messages_count": unread_messages(market),
        "country_id": actor.country_id,
        "city_id": actor.city_id,
        "timezone_id": actor.timezone_id,
        "addtime": person.registered_at,
        "allow_mobile_push": True,
        "is_more_payer": False,
        "kworks_count": own.count(ACTIVE),
        "favourite_kworks_count": len(market.favourites),
        "hidden_kworks_count": own.count(HIDDEN),
        "specialization": None,
        "profession": actor.profession,
        "kworks_available_at_weekends": True,
        "achievments_list": badge_rows(market, person.badges),
    }
    return enveloped(response, fcmTokenLost=False)


@answers("user", "id", is_open=True)
def get_user(market: Market, given: Given) -> Row:
    """The public profile of anybody."""
    return enveloped(_profile(market, _member(market, given, "id"), is_guest=given.is_guest))


@answers("userByUsername", "username", is_open=True)
def get_user_by_name(market: Market, given: Given) -> Row:
    """The public profile of somebody known by name."""
    wanted = given.text("username")
    everybody = (market.actor.member, *market.members.values())
    found = market.actor.member if wanted == market.actor.username else None
    found = found or next((member for member in everybody if member.username == wanted), None)
    if found is None:
        raise invalid()
    return enveloped(_profile(market, found, is_guest=given.is_guest))


def _profile(market: Market, member: Member, *, is_guest: bool) -> Row:
    is_me = member.id == market.actor.id
    kworks = [kwork for kwork in map(market.kwork, market.kworks_of(member.id)) if kwork.status_id == ACTIVE]
    dialog = market.dialogs.get(member.id)
    draw = market.draw("profile", member.id)
    actor = market.actor
    return {
        "id": member.id,
        "username": actor.username if is_me else member.username,
        "status": "active",
        "fullname": actor.fullname if is_me else member.fullname,
        "profilepicture": picture(member.avatar),
        "description": html_text(actor.about if is_me else member.about),
        "slogan": "",
        "location": member.city,
        "rating": rating_text(member),
        "rating_count": member.reviews_count,
        "level_description": member.level,
        "good_reviews": member.good_reviews,
        "bad_reviews": member.bad_reviews,
        "reviews_count": member.reviews_count,
        "online": actor.is_online if is_me else member.is_online,
        "live_date": member.seen_at(market.now),
        "cover": "",
        "custom_request_min_budget": draw.choice((None, 500, 1000)),
        "is_allow_custom_request": int(not member.refuses_letters),
        "order_done_persent": draw.randint(80, 100),
        "order_done_intime_persent": draw.randint(70, 100),
        "order_done_repeat_persent": draw.randint(0, 60),
        "timezoneId": actor.timezone_id,
        "blocked_by_user": dialog is not None and dialog.blocked and not is_guest,
        "allowedDialog": not is_me and not is_guest and may_write(market, member.id),
        "addtime": member.registered_at,
        "achievments_list": badge_rows(market, member.badges),
        "completed_orders_count": member.orders_done,
        "specialization": None,
        "profession": actor.profession if is_me else member.profession,
        "kworks_count": len(kworks),
        "kworks": [profile_kwork_row(market, kwork) for kwork in kworks[:3]],
        "portfolio_list": None,
        "reviews": [review_row(market, one, member) for one in reviews_of_member(market, member)[:3]] or None,
        "skills": [{"id": place, "name": name} for place, name in enumerate(member.skills, 1)],
        "is_verified_worker": member.orders_done > 0,
        "note": [],
        "is_cashless_payment_available": True,
        "is_stop_work": None,
    }


def rating_text(member: Member) -> str:
    """A rating as the service writes it."""
    return f"{member.rating or 0:.1f}"


@answers("userReviews", "user_id", "type")
def get_reviews(market: Market, given: Given) -> Row:
    """The reviews of a user. There are no stars, only good and bad."""
    member, kind = _member(market, given, "user_id"), review_kind(given)
    found = [review for review in reviews_of_member(market, member) if kind in ("all", kind_of(review))]
    shown, paging = cut(found, given.page(), REVIEWS_PER_PAGE)
    return enveloped([review_row(market, review, member) for review in shown], paging=paging)


def _member(market: Market, given: Given, name: str) -> Member:
    id_user = given.identifier(name)
    member = market.actor.member if id_user == market.actor.id else market.members.get(id_user)
    if member is None:
        raise invalid()
    return member


# --- settings ---------------------------------------------------------------------------------------------------------


@answers("getSecurityUserData")
def get_security_user_data(market: Market, _given: Given) -> Row:
    """How the account is protected."""
    actor = market.actor
    return enveloped(
        {
            "email": actor.email,
            "username": actor.username,
            "username_changed": actor.username != actor.first_username,
            "phone": masked_phone(actor.phone),
            "confirmation_type": "sms",
            "is_available_kwork_creation": True,
            "username_change_available": None,
            "is_profile_completed": {
                "details": bool(actor.about),
                "profession": actor.profession is not None,
                "profile_pic": actor.member.avatar is not None,
            },
            "whatsapp_link": "",
            "telegram_bot_link": "",
        }
    )


@answers("updateSettings", changes=True)
def update_settings(market: Market, given: Given) -> Row:
    """Changes what the account says about itself; what is not sent stays as it is."""
    wrong = []
    if given.has("username") and not _USERNAME.fullmatch(given.text("username")):
        wrong.append(("username", "Недопустимый логин"))
    if given.has("email") and not _EMAIL.fullmatch(given.text("email")):
        wrong.append(("email", "Неверный адрес"))
    if wrong:
        rows = [{"position": place, "target": target, "text": text} for place, (target, text) in enumerate(wrong)]
        raise invalid(errors=rows)
    settings: Row = {name: given.text(name) for name in TEXT_SETTINGS if given.has(name)}
    settings |= {name: given.integer(name) for name in NUMBER_SETTINGS if given.has(name)}
    change_settings(market.actor, settings)
    market.actor.settings.update(settings)
    return enveloped({"message": "Настройки сохранены"})


@answers("offline", changes=True)
def go_offline(market: Market, _given: Given) -> Row:
    """The account is shown as absent."""
    market.actor.is_online = False
    return {"success": True}


@answers("favoriteCategories")
def get_favorite_categories(market: Market, _given: Given) -> Row:
    """The categories the account has marked."""
    categories = [market.tree.by_id[id_category] for id_category in market.favourite_categories]
    return enveloped(
        [
            {"id": category.id, "name": category.name, "description": category.description, "is_attribute": False}
            for category in categories
        ]
    )


@answers("getChannel")
def get_channel(market: Market, _given: Given) -> Row:
    """Where events for this account would come; the sandbox has no web socket."""
    return enveloped({"channel": channel_of(market)})


@answers("getCaptchaStatus", is_open=True)
def get_captcha_status(_market: Market, _given: Given) -> Row:
    """Whether a forgotten password costs a captcha; it says nothing about signing in."""
    return enveloped({"show_captcha": False})


# --- notifications ----------------------------------------------------------------------------------------------------


@answers("getBadgesInfo")
def get_badges_info(market: Market, _given: Given) -> Row:
    """Counters of what is unread. One of them is no number."""
    return enveloped(
        {
            "dialogs_unread_count": unread_dialogs(market),
            "notifications_unread_count": len(unread_notices(market)),
            "important_notifications_count": _has_red(market),
            "warning_dialogs_count": 0,
            "unread_messages_count": unread_messages(market),
            "notifications_not_delivered": False,
            "important_dialog_count": 0,
        }
    )


def _has_red(market: Market) -> bool:
    return any(GROUPS[notice.kind][1] for notice in unread_notices(market))


@answers("notifications")
def get_notifications(market: Market, _given: Given) -> Row:
    """Unread notifications, in groups."""
    unread = unread_notices(market)
    groups = []
    for priority, (kind, (name, is_red, about)) in enumerate(GROUPS.items(), 1):
        rows = [_notice_row(market, notice) for notice in unread if notice.kind == kind]
        if rows:
            group = {"name": name, "description": name, "is_red": is_red, "priority": priority, "entity_type": about}
            groups.append(group | {"notifications": rows})
    return listed(groups)


def _notice_row(market: Market, notice: Notice) -> Row:
    row: Row = {"id": notice.id, "added": notice.added, "entity_id": notice.entity_id, "link": notice.link}
    if notice.kind == KWORK and notice.entity_id in market.own_kworks:
        return row | {"kworkTitle": market.own_kworks[notice.entity_id].title}
    if notice.member_id is not None:
        member = market.members[notice.member_id]
        row |= {
            "otherUserId": member.id,
            "otherUserName": member.username,
            "otherUserAvatar": picture(member.avatar),
            "isOtherUserOnline": member.is_online,
        }
    order = market.orders.get(notice.entity_id)
    return row if order is None else row | {"orderId": order.id, "orderTitle": order.title}


@answers("notificationsFetch")
def fetch(market: Market, given: Given) -> Row:
    """The queue of push events, newest first."""
    shown, paging = cut(waiting_pushes(market), given.page(), PUSHES_PER_PAGE)
    return listed([_push_row(market, push) for push in shown], paging=paging)


def _push_row(market: Market, push: Push) -> Row:
    member = None if push.member_id is None else market.members[push.member_id]
    return {
        "id": push.id,
        "entity_id": push.entity_id,
        "user_id": market.actor.id,
        "event": push.event,
        "created_at": datetime.fromtimestamp(push.created_at, MOSCOW).strftime("%Y-%m-%d %H:%M:%S"),
        "data": [] if member is None else {"login": member.username, "user_id": member.id},
    }


@answers("getInAppNotification", "uad", "os_type", "os_version", "app_version", is_open=True)
def get_in_app_notification(_market: Market, _given: Given) -> Row:
    """A message that the application would show; there is none."""
    return enveloped(None)
