"""People the site knows, what they consented to, the templates made from that consent, and who is one with whom.

Names, phones, guardians and templates are sealed under each person's own data key: dropping the key erases them. What
changes is put on record in the same transaction. Everything here works inside a session somebody else opened.
"""

from models.people.consents import (
    Agreement,
    GivenConsent,
    Notice,
    consents_of,
    has_consent,
    record_consent,
    withdraw_consent,
)
from models.people.gallery import LiveGallery, gallery_changed, gallery_snapshot
from models.people.newcomers import Newcomer, add_customers
from models.people.persons import (
    PersonSummary,
    WithPhone,
    add_person,
    people,
    people_among,
    people_with_phone,
    person_summary,
)
from models.people.phones import add_phone, phone_number
from models.people.records import (
    ROLES,
    Consent,
    ConsentMode,
    FaceTemplate,
    GalleryChange,
    How,
    PeopleError,
    Person,
    Phone,
    Role,
)
from models.people.templates import EnrolmentPhoto, add_templates
from models.people.ties import TieError, link, merge, same_human, undo

__all__ = [
    "ROLES",
    "Agreement",
    "Consent",
    "ConsentMode",
    "EnrolmentPhoto",
    "FaceTemplate",
    "GalleryChange",
    "GivenConsent",
    "How",
    "LiveGallery",
    "Newcomer",
    "Notice",
    "PeopleError",
    "Person",
    "PersonSummary",
    "Phone",
    "Role",
    "TieError",
    "WithPhone",
    "add_customers",
    "add_person",
    "add_phone",
    "add_templates",
    "consents_of",
    "gallery_changed",
    "gallery_snapshot",
    "has_consent",
    "link",
    "merge",
    "people",
    "people_among",
    "people_with_phone",
    "person_summary",
    "phone_number",
    "record_consent",
    "same_human",
    "undo",
    "withdraw_consent",
]
