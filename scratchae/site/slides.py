"""What the slides are called: the lecture's pages have titles, and no numbers."""

# In their order. In brackets is what tells a slide from others of the same title.
TITLES = {
    "S01": "Autoencoders",
    "S02": "Contents",
    "S03": "Course Structure",
    "S04": "Grading",
    "S05": "Acknowledgement",
    "S06": "Autoencoder",
    "S07": "Autoencoder - Architecture (Presentation 1)",
    "S08": "Autoencoder - Architecture (Presentation 2)",
    "S09": "Autoencoder - Learning and Activation Function",
    "S10": "Autoencoder - Mathematically",
    "S11": "Variant of Autoencoders",
    "S12": "Undercomplete Autoencoders",
    "S13": "Undercomplete Autoencoders (what PCA does)",
    "S14": "Undercomplete Autoencoders (PCA is linear)",
    "S15": "Regularized Autoencoders",
    "S16": "Sparse Autoencoder",
    "S17": "Sparse Autoencoder - Learning",
    "S18": "Denoising Autoencoders (the loss)",
    "S19": "Denoising Autoencoders (stochastic noise)",
    "S20": "Variational Autoencoder - Preliminary",
    "S21": "Kullback-Leibler Divergence (KL Divergence) (the worms)",
    "S22": "Kullback-Leibler Divergence (KL Divergence) (two models of the worms)",
    "S23": "Entropy",
    "S24": "KL Divergence (the formula)",
    "S25": "KL Divergence (of the worms)",
    "S26": "KL Divergence Properties",
    "S27": "Variational Autoencoder - Generative Models",
    "S28": "Variational Autoencoder - How they differ?",
    "S29": "VAE - Intuition",
    "S30": "VAE - Intuition (recognition model, generative model)",
    "S31": "VAE - Intuition (nearby values)",
    "S32": "VAE - Simple Understanding",
    "S33": "Solution",
    "S34": "Variational Inference (a tractable q)",
    "S35": "Variational Inference (the KL divergence is minimized)",
    "S36": "Variational Inference (the two terms)",
    "S37": "Variational Autoencoder (the network)",
    "S38": "Variational Autoencoder (the loss)",
    "S39": "VAE - Derivation / Variational Autoencoder (Bayesian perspective)",
    "S40": "VAE Goal!!",
    "S41": "Decoder - Generator",
    "S42": "Reason!!",
    "S43": "Another prospective - Posterior density",
    "S44": "Alternative Solution",
    "S45": "Variational Inference (as an optimization problem)",
    "S46": "KL Divergence (Bayes' rule)",
    "S47": "KL Divergence (p(x) is moved out)",
    "S48": "KL Divergence (the result)",
    "S49": "Model parameters to Max. Likelihood",
    "S50": "Loss Function - ELBO (the lower bound)",
    "S51": "Loss Function - ELBO (on a minibatch)",
    "S52": "KL Divergence - Closed Form",
    "S53": "Training the Model",
    "S54": "Reparameterization Trick (z is calculated)",
    "S55": "Reparameterization Trick (from a standard normal)",
    "S56": "Reparameterization Trick (during backpropagation)",
    "S57": "Variational Autoencoders: Generating Data!",
    "S58": "Caveats about the VAE",
    "S59": "Summary",
    "S60": "Why KL divergence is non-negative? (Jensen's inequality)",
    "S61": "Why KL divergence is non-negative? (zero where P = Q)",
    "S62": "The KL divergence is asymmetric",
    "S63": "The KL divergence is asymmetric (P by a normal Q)",
    "S64": "The KL divergence is asymmetric (P and Q swapped)",
    "S65": "Law of Total Probability Theorem",
    "S66": "Bayes Theorem",
}
UNNUMBERED = {"S60": ("Thank You", "Appendix")}  # slides before it that have no number


def titles_of(numbers):
    """What slides are called : list of (first, last, title), in their order.

    numbers : set of int. Slides side by side of one title, brackets left out, are one.
    """
    found = []
    for number in sorted(numbers):
        title = _unbracketed(TITLES[f"S{number:02}"])
        if found and found[-1][1:] == (number - 1, title):
            found[-1] = (found[-1][0], number, title)
        else:
            found.append((number, number, title))
    return found


def _unbracketed(title):
    return title.partition(" (")[0]
