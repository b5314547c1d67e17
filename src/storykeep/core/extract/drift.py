"""What of a live answer the mapper does not know: keys that are new, and keys that are gone.

Only the keys of an item are looked at: a new kind of sticker is a new key there.  What lies
deeper and cannot be read is a Problem of the mapper already.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterable
from typing import Any

from storykeep.core.model import Story
from storykeep.core.sighting import Dialect, Problem

MAX_FIELDS = 100
"""How many fields are told apart, in an answer and of a source: who answers chooses the names."""
MAX_NAME = 100
OTHER = "(other fields)"

_BOTH = """
    __typename audience boost_unavailable_identifier boost_unavailable_reason can_reply
    can_reshare can_see_insights_as_brand caption code expiring_at has_audio has_liked
    has_translation id ig_media_sharing_disabled image_versions2 is_dash_eligible
    is_paid_partnership media_overlay_info media_type number_of_qualities organic_tracking_token
    original_height original_width pk product_type reel_mentions sharing_friction_info
    sponsor_tags story_bloks_stickers story_countdowns story_cta story_feed_media story_hashtags
    story_link_stickers story_locations story_music_stickers story_questions story_sliders
    taken_at user video_dash_manifest video_duration video_versions
"""
"""What items of the private API and of the web pages of today may have."""
_V1 = """
    archive_story_deletion_ts boost_unavailable_reason_v2 can_hype can_mention_back
    can_mention_share can_play_spotify_audio can_send_prompt can_viewer_save caption_is_edited
    client_cache_key coauthor_producers commenting_disabled_for_viewer creative_config
    crosspost_metadata cutout_sticker_info deleted_reason device_timestamp fbid filter_type
    fundraiser_tag gen_ai_detection_method has_high_risk_gen_ai_inform_treatment
    has_privately_liked hide_view_all_comment_entrypoint integrity_review_decision
    is_arirang_prize is_first_take is_from_ayt_clips_inspiration is_from_discovery_surface
    is_open_to_public_submission is_organic_product_tagging_eligible is_photo_mash_story
    is_quicksnap_recap is_reel_media is_reshare_of_text_post_app_media_in_ig is_rollcall_v2
    is_story_image_with_music is_superlative is_tagged_media_shared_to_viewer_profile_grid
    is_terminal_video_segment is_viewer_mentioned is_visual_reply_commenter_notice_enabled
    media_attributions_data mezql_token music_metadata original_media_has_visual_reply_media
    original_media_type profile_grid_control_enabled shop_routing_user_id should_request_ads
    should_show_author_pog_for_tagged_media_shared_to_profile_grid show_one_tap_fb_share_tooltip
    story_polls story_quizs strong_id__ subscribe_cta_visible supports_reel_reactions thumbnail_url
    video_codec video_url wearable_shared_media_resolutions wearables_creator_tools_info
"""
_XDT = """
    accessibility_caption ai_label_info boosted_status can_viewer_reshare carousel_media
    carousel_media_count custom_list_info inventory_source is_story_edited link preview
    reel_media_background reshared_story_media_author story_app_attribution
    story_bloks_tappables text_post_share_to_ig_story_stickers viewer_count viewers
    visual_comment_reply_sticker_info wearable_attribution_info
"""
_LEGACY = """
    __typename audience dimensions display_resources display_url edge_media_to_sponsor_user
    edge_story_media_viewers expiring_at_timestamp fact_check_information
    fact_check_overall_rating gating_info has_audio id is_video media_overlay_info media_preview
    muting_info overlay_image_resources owner sensitivity_friction_info sharing_friction_info
    should_log_client_event story_app_attribution story_cta_url story_view_count
    taken_at_timestamp tappable_objects tracking_token video_duration video_resources
"""
_KNOWN: dict[Dialect, frozenset[str]] = {
    "v1": frozenset((_BOTH + _V1).split()),
    "xdt": frozenset((_BOTH + _XDT).split()),
    "legacy": frozenset(_LEGACY.split()),
    "vendor": frozenset(Story.__struct_fields__),
}
_EXPECTED: dict[Dialect, frozenset[str]] = {
    "v1": frozenset({"code", "expiring_at", "id", "image_versions2", "pk", "taken_at", "user"}),
    "xdt": frozenset({"expiring_at", "id", "image_versions2", "pk", "taken_at", "user"}),
    "legacy": frozenset({"display_url", "id", "is_video", "owner", "taken_at_timestamp"}),
    "vendor": frozenset(Story.__struct_fields__),
}
"""The keys that every item has, though their value may be null."""

_INDEX = re.compile(r"\[[^\]]*\]")


def find_drift(items: Iterable[tuple[Dialect, dict[str, Any]]]) -> list[Problem]:
    """Return which keys are unknown and which are missing, each once with how often."""
    found: Counter[tuple[str, str]] = Counter()
    for dialect, item in items:
        known = _KNOWN.get(dialect)
        if known is None:
            continue
        keys = item.keys()
        drift = [(key, "unknown key") for key in keys - known]
        drift += [(key, "missing key") for key in _EXPECTED[dialect] - keys]
        for key, reason in drift:
            is_told = (key, reason) in found or len(found) < MAX_FIELDS
            found[(key, reason) if is_told else (OTHER, reason)] += 1
    return [Problem(key[:MAX_NAME], why, times=times) for (key, why), times in found.items()]


def field_of(problem: Problem, known: Collection[str]) -> str:
    """Return what ``problem`` is counted as: where and why, but not in which item.

    Beside as many ``known`` ones as are told apart, any other field is OTHER.
    """
    place = _INDEX.sub("[]", problem.field)
    name = f"{place}: {problem.reason}" if problem.reason else place
    name = "".join(letter if letter.isprintable() else "?" for letter in name[:MAX_NAME])
    return name if name in known or len(known) < MAX_FIELDS else OTHER
