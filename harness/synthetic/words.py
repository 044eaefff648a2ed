"""Words from which names and titles are composed."""


def _words(text: str) -> tuple[str, ...]:
    """Words and phrases separated by commas."""
    return tuple(" ".join(word.split()) for word in text.split(","))


TOP_TITLES = (
    *("country", "chill", "rap", "workout", "oldies", "christmas", "rock", "party", "throwback", "jams"),
    *("worship", "summer", "feels", "new", "disney", "throwbacks", "music", "sleep", "lit", "vibes"),
)
"""The twenty most frequent titles of the MPD, in order."""

GENRES = tuple(
    tuple(names.split(", "))
    for names in (
        "pop, hits, top 40, radio, charts, popular, top 50, billboard, viral, pop hits, mainstream, radio hits",
        "hip hop, trap, bars, hiphop, freestyle, rap caviar",
        "indie, indie folk, alt",
        "r&b, slow r&b",
        *_words(
            """
            edm, latin, metal, jazz, classic rock, reggaeton, house, punk, alternative, folk, soul, blues, reggae,
            k-pop, classical, gospel, dubstep, funk, acoustic, techno, emo, ska, grunge, lofi, bachata, salsa,
            cumbia, corridos, banda, musicals, soundtracks, anime, bluegrass, disco, trance, ambient, hardcore,
            screamo, motown, swing, opera, celtic, bollywood, dancehall, afrobeat, synthwave, shoegaze, new wave,
            drum and bass, texas country, praise
            """
        ),
    )
)
"""Names of each genre, as listeners write them, the largest genre first.

The largest genres have several names, so that no word is in far more titles than the next. No genre has the name of
one of `TOP_TITLES`, whose playlists have themes of their own.
"""

MOODS = _words(
    """
    good, best, old, new, my, chill, happy, sad, love, classic, fun, morning, late, favorite, slow, throwback,
    random, fresh, top, hype, cool, feel good, soft, loud, dad's, sunny, rainy, cold, warm, dark, deep, lazy,
    mellow, crazy, sweet, wild, calm, dope, fav, relaxing, upbeat, ultimate, modern, mom's, big, little, real,
    great, easy, epic, quiet, golden, young, beautiful, weird, sexy, early, super, simple, smooth, all time,
    forever, current, smokey, dreamy, angry, dirty, awesome, southern, local, heavy, funky, nostalgic, cozy,
    midnight, chillin, ratchet, spooky, romantic
    """
)
"""Words before a subject, about as common as they are in titles of the MPD: the commonest first."""

SUBJECTS = _words(
    """
    music, songs, playlist, jams, summer, party, mix, vibes, love, dance, school, spring, work, drive, road trip,
    tunes, fall, night, home, running, beats, gym, hits, shower, car, study, list, stuff, sleep, tracks, anthems,
    run, winter, wedding, travel, pregame, beach, morning, friday, sunday, dinner, cleaning, yoga, baby, kids,
    office, lake, bbq, birthday, prom, halloween, college, warmup, cardio, lift, cooking, reading, focus, camp,
    golf, baseball, hoco, lounge, bonfire, date night, heartbreak, homecoming, graduation, cruise, jamz, game,
    family, saturday, weekend, favorites, collection, bangers, grind, ride, sunshine, sing along, river, pool,
    roadtrip, soundtrack, life, faves, wake up, background, covers, house party, coffee, monday, vacation, mood,
    tour, hangout, concert, football, basketball, volleyball, hiking, camping, spin, boat, bar, garage, nap,
    bedtime, rain, breakup, crush, memories, pump up, motivation, reunion, thanksgiving, airplane, homework,
    library, kitchen, patio, porch, farm, horses, dogs, city, ocean, mountains, stars, sunset, moonlight, festival,
    karaoke, duets, guitar, piano, drums
    """
)
"""Subjects of playlists, the commonest first."""

TIMES = (
    *(
        "60's",
        "70s",
        "90s",
        "90's",
        "80s",
        "00s",
        "2000s",
        "2010",
        "2012",
        "2013",
        "2014",
        "2015",
        "2016",
        "2017",
        "17",
        "16",
    ),
    *(
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
    ),
    *("december", "2", "3", "#1", "vol 2", "part 2", "1", "4", "10", "100", "24/7"),
)

EMOJI = (
    *(
        "🔥",
        "❤️",
        "🎶",
        "🎵",
        "💯",
        "😍",
        "😂",
        "🌴",
        "☀️",
        "🌙",
        "✨",
        "💔",
        "💕",
        "🎉",
        "🎧",
        "🎸",
        "🤘",
        "🙏",
        "😎",
    ),
    *(
        "🌊",
        "🍂",
        "❄️",
        "🎄",
        "🏀",
        "💪",
        "👌",
        "🚗",
        "🌻",
        "🦋",
        "🌈",
        "🍑",
        "💤",
        "👻",
        "🎃",
        "🇲🇽",
        "🏳️‍🌈",
        "👩‍❤️‍👩",
    ),
)

FOREIGN = (
    *(
        "música",
        "canciones",
        "fiesta",
        "verano",
        "años 80",
        "español",
        "niños",
        "corazón",
        "señora",
        "été",
        "soirée",
    ),
    *(
        "français",
        "über",
        "mädchen",
        "für dich",
        "coração",
        "sertanejo é",
        "naïve",
        "café",
        "beyoncé",
        "ñengo",
    ),
)

SCRIPTS = (
    *(
        "音楽",
        "日本の歌",
        "夏",
        "アニメ",
        "ドライブ",
        "노래",
        "사랑",
        "가을",
        "中文歌",
        "我的最爱",
        "музыка",
        "любимое",
    ),
    *(
        "русский рок",
        "лето",
        "أغاني",
        "حب",
        "موسيقى",
        "שירים",
        "אהבה",
        "ไทย",
        "เพลง",
        "हिंदी गाने",
        "τραγούδια",
    ),
)

NASTY = (
    *(
        "<script>alert(1)</script>",
        "<b>bold</b>",
        "'; drop table playlists; --",
        '"quoted"',
        'say "hey", ok',
        "a,b,c",
    ),
    *(
        "back\\slash",
        "&amp;",
        "{{7*7}}",
        "=1+1",
        "null",
        "nan",
        "none",
        "-",
        "???",
        "tab\there",
        "% off",
        "ﷺ",
        "Z͑ͫ̓a̴͑l̷͒go",
    ),
)
"""Titles that careless programs misread."""

SYLLABLES = (
    *(
        "ka",
        "le",
        "mi",
        "ra",
        "to",
        "na",
        "bel",
        "dor",
        "sha",
        "ron",
        "li",
        "vi",
        "an",
        "ja",
        "mar",
        "ty",
        "el",
        "so",
    ),
    *(
        "ke",
        "bri",
        "cal",
        "den",
        "fre",
        "gra",
        "hol",
        "is",
        "jo",
        "lan",
        "mor",
        "nel",
        "ol",
        "per",
        "qui",
        "ros",
    ),
    *(
        "sta",
        "tre",
        "ul",
        "ven",
        "wil",
        "xan",
        "yo",
        "zel",
        "ash",
        "ber",
        "chi",
        "dan",
        "eri",
        "fin",
        "gus",
        "har",
    ),
)

NOUNS = (
    *(
        "love",
        "night",
        "heart",
        "fire",
        "rain",
        "road",
        "river",
        "girl",
        "boy",
        "dream",
        "time",
        "light",
        "home",
    ),
    *(
        "sky",
        "sun",
        "moon",
        "star",
        "ghost",
        "wolf",
        "gold",
        "blood",
        "bones",
        "city",
        "summer",
        "winter",
        "dance",
    ),
    *(
        "song",
        "blues",
        "angel",
        "devil",
        "train",
        "highway",
        "money",
        "diamond",
        "mirror",
        "ocean",
        "mountain",
    ),
    *(
        "garden",
        "window",
        "shadow",
        "storm",
        "whiskey",
        "cowboy",
        "queen",
        "king",
        "kids",
        "stranger",
        "radio",
    ),
    *(
        "paradise",
        "memory",
        "silence",
        "thunder",
        "flower",
        "echo",
        "honey",
        "sugar",
        "wings",
        "bridge",
        "island",
    ),
)

ADJECTIVES = (
    *(
        "little",
        "wild",
        "lonely",
        "broken",
        "beautiful",
        "golden",
        "young",
        "lost",
        "blue",
        "black",
        "sweet",
        "crazy",
    ),
    *(
        "perfect",
        "hollow",
        "electric",
        "endless",
        "burning",
        "silent",
        "midnight",
        "dirty",
        "holy",
        "last",
        "new",
    ),
    *(
        "red",
        "white",
        "tiny",
        "heavy",
        "falling",
        "running",
        "dancing",
        "dying",
        "waking",
        "better",
        "good",
        "bad",
    ),
)

VERSIONS = (
    *(
        " - Remix",
        " - Live",
        " - Acoustic",
        " - Radio Edit",
        " - Remastered 2011",
        " - 2009 Remaster",
        " (Remix)",
    ),
    *(
        " - Original Mix",
        " - Live at Wembley",
        " - Instrumental",
        " - Album Version",
        " - Demo",
        " - Bonus Track",
    ),
)
