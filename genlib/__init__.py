"""Small pieces behind the lecture notebooks: rooms on floors, of which each imports only from lower ones.

Shapes: B images in a batch, D pixels in raster order, C channels (the colours of an image), H height and W width in
pixels, F features (hidden maps), Z latent dimensions, K mixture components or importance samples, T tokens.
Images are float32 in [0, 1]: (B, C, H, W), or (B, D) where a model reads pixel after pixel.
Log-probabilities are in nats, one per image: (B,). Means are taken only where a loss is made.
"""
