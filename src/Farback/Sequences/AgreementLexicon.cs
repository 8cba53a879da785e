namespace Farback.Sequences;

/// <summary>The English nouns and adjectives of the agreement task with their French glosses.</summary>
/// <remarks>
///   Every noun differs in number in both languages, is masculine and takes no elision (« le chat », « le hibou »), so that one gloss
///   « le(s) » of the article fits all and betrays no number. Adjectives are glossed by their masculine singular whatever they qualify.
/// </remarks>
internal static class AgreementLexicon
{
    /// <summary>English singular and plural, French singular and plural.</summary>
    public static readonly (string One, string Many, string Un, string Plusieurs)[] Nouns =
    [
        ("cat", "cats", "chat", "chats"),
        ("dog", "dogs", "chien", "chiens"),
        ("horse", "horses", "cheval", "chevaux"),
        ("rabbit", "rabbits", "lapin", "lapins"),
        ("wolf", "wolves", "loup", "loups"),
        ("fox", "foxes", "renard", "renards"),
        ("lion", "lions", "lion", "lions"),
        ("tiger", "tigers", "tigre", "tigres"),
        ("monkey", "monkeys", "singe", "singes"),
        ("pig", "pigs", "cochon", "cochons"),
        ("duck", "ducks", "canard", "canards"),
        ("rooster", "roosters", "coq", "coqs"),
        ("snake", "snakes", "serpent", "serpents"),
        ("owl", "owls", "hibou", "hiboux"),
        ("crow", "crows", "corbeau", "corbeaux"),
        ("swan", "swans", "cygne", "cygnes"),
        ("pigeon", "pigeons", "pigeon", "pigeons"),
        ("camel", "camels", "chameau", "chameaux"),
        ("bull", "bulls", "taureau", "taureaux"),
        ("calf", "calves", "veau", "veaux"),
        ("ram", "rams", "bélier", "béliers"),
        ("hedgehog", "hedgehogs", "hérisson", "hérissons"),
        ("badger", "badgers", "blaireau", "blaireaux"),
        ("butterfly", "butterflies", "papillon", "papillons"),
        ("boy", "boys", "garçon", "garçons"),
        ("king", "kings", "roi", "rois"),
        ("baker", "bakers", "boulanger", "boulangers"),
        ("neighbor", "neighbors", "voisin", "voisins"),
        ("gardener", "gardeners", "jardinier", "jardiniers"),
        ("soldier", "soldiers", "soldat", "soldats"),
        ("beaver", "beavers", "castor", "castors"),
        ("heron", "herons", "héron", "hérons"),
    ];

    /// <summary>English, and the French masculine singular.</summary>
    public static readonly (string English, string French)[] Adjectives =
    [
        ("gray", "gris"),
        ("happy", "heureux"),
        ("small", "petit"),
        ("hungry", "affamé"),
        ("old", "vieux"),
        ("tall", "grand"),
        ("tired", "fatigué"),
        ("young", "jeune"),
        ("white", "blanc"),
        ("black", "noir"),
        ("brown", "brun"),
        ("slow", "lent"),
        ("quick", "rapide"),
        ("strong", "fort"),
        ("weak", "faible"),
        ("calm", "calme"),
        ("proud", "fier"),
        ("shy", "timide"),
        ("brave", "courageux"),
        ("sad", "triste"),
        ("thirsty", "assoiffé"),
        ("curious", "curieux"),
        ("gentle", "doux"),
        ("lazy", "paresseux"),
        ("jealous", "jaloux"),
        ("funny", "drôle"),
        ("clever", "malin"),
        ("thin", "mince"),
        ("clean", "propre"),
        ("dirty", "sale"),
        ("wet", "mouillé"),
        ("poor", "pauvre"),
    ];

    /// <summary>Prepositions that do not contract with the French article.</summary>
    public static readonly (string English, string French)[] Prepositions =
    [
        ("behind", "derrière"),
        ("with", "avec"),
        ("without", "sans"),
        ("toward", "vers"),
    ];
}
