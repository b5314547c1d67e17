"""A Story with what the vendor's object leaves out; storykeep's own (``extended=on``).

Keys are Instagram's where it has them.  What no capture told is null, and a list then empty.
"""

from msgspec import Struct, field

from storykeep.core.model import Placed, Story, Time


class Sticker(Placed, frozen=True, kw_only=True):
    """A sticker; positions are shares of the screen."""

    rotation: float | None = None


class Tally(Struct, frozen=True, kw_only=True):
    """An answer that one can choose, and how many did."""

    text: str | None = None
    count: int | None = None


class StoryPoll(Sticker, frozen=True, kw_only=True):
    """A poll."""

    poll_id: str | None = None
    question: str | None = None
    tallies: list[Tally] = field(default_factory=list)
    total_votes: int | None = None
    finished: bool | None = None


class StoryQuestion(Sticker, frozen=True, kw_only=True):
    """A question that is answered in words, or with music."""

    question_id: str | None = None
    question: str | None = None
    question_type: str | None = None


class StoryQuiz(Sticker, frozen=True, kw_only=True):
    """A question with one right answer: ``correct_answer`` is its place in ``tallies``."""

    quiz_id: str | None = None
    question: str | None = None
    tallies: list[Tally] = field(default_factory=list)
    correct_answer: int | None = None
    finished: bool | None = None


class StorySlider(Sticker, frozen=True, kw_only=True):
    """An emoji that is slid; the average is from 0 to 1."""

    slider_id: str | None = None
    question: str | None = None
    emoji: str | None = None
    slider_vote_average: float | None = None
    slider_vote_count: int | None = None


class StoryCountdown(Sticker, frozen=True, kw_only=True):
    """A countdown to ``end_ts``, in Unix seconds."""

    countdown_id: str | None = None
    text: str | None = None
    end_ts: int | None = None


class StoryMusic(Sticker, frozen=True, kw_only=True):
    """A piece of music."""

    audio_asset_id: str | None = None
    title: str | None = None
    display_artist: str | None = None
    duration_in_ms: int | None = None
    audio_asset_start_time_in_ms: int | None = None
    overlap_duration_in_ms: int | None = None
    is_explicit: bool | None = None


class ExtendedStory(Story, frozen=True, kw_only=True):
    """A Story, then what else its best capture told."""

    expiring_at: Time
    polls: list[StoryPoll] = field(default_factory=list)
    questions: list[StoryQuestion] = field(default_factory=list)
    quizzes: list[StoryQuiz] = field(default_factory=list)
    sliders: list[StorySlider] = field(default_factory=list)
    countdowns: list[StoryCountdown] = field(default_factory=list)
    music: list[StoryMusic] = field(default_factory=list)
    captions: list[str] = field(default_factory=list)
    original_width: int | None = None
    original_height: int | None = None
    audience: str | None = None
    is_paid_partnership: bool | None = None
    link_targets: list[str] = field(default_factory=list)
    seen_at: Time | None = None
    source: str | None = None
